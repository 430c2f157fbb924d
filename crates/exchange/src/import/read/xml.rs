//! What the readers of XML need: attributes, and texts with their entities.

use std::borrow::Cow;

use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart};

use super::ReadError;

/// A damaged part.
pub(super) fn damaged(error: impl std::fmt::Display) -> ReadError {
    ReadError::Damaged(error.to_string())
}

/// An attribute by its name, prefix included.
pub(super) fn attribute(of: &BytesStart<'_>, name: &str) -> Result<Option<String>, ReadError> {
    let Some(found) = of.try_get_attribute(name).map_err(damaged)? else { return Ok(None) };
    let value: Cow<'_, str> = found.normalized_value(XmlVersion::Implicit1_0).map_err(damaged)?;
    Ok(Some(value.into_owned()))
}

/// What an entity stands for; ones that are declared in the file stand for nothing, for they could stand for gigabytes.
pub(super) fn entity(of: &BytesRef<'_>) -> Result<String, ReadError> {
    if let Some(character) = of.resolve_char_ref().map_err(damaged)? {
        return Ok(character.to_string());
    }
    Ok(resolve_predefined_entity(&of.xml10_content()).unwrap_or_default().to_owned())
}
