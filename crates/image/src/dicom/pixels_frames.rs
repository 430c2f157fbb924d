//! Which fragments of encapsulated pixel data make which frame (PS3.5 §A.4).

use std::borrow::Cow;

use dicom_core::value::{PixelFragmentSequence, PrimitiveValue, Value};
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;

use super::DicomError;
use super::codec::recognise;
use super::pixels::PixelFormat;

type Sequence = PixelFragmentSequence<Vec<u8>>;

/// The compressed bytes of each frame.
///
/// Believes, in this order: a single frame (all fragments are its), one fragment per frame, the extended and the
/// basic offset table where they point at fragments, and the start codes of the compressed streams.
pub(super) fn split_frames<'a>(
    object: &InMemDicomObject,
    sequence: &'a Sequence,
    format: &PixelFormat,
) -> Result<Vec<Cow<'a, [u8]>>, DicomError> {
    let fragments = sequence.fragments();
    if fragments.is_empty() {
        return Err(DicomError::Pixels { what: "there is no fragment".to_owned() });
    }
    let starts = if format.frames == 1 {
        Some(vec![0])
    } else if fragments.len() == format.frames {
        Some((0..fragments.len()).collect())
    } else {
        from_tables(object, sequence, format.frames).or_else(|| from_start_codes(fragments, format.frames))
    };
    let Some(starts) = starts else {
        return Err(DicomError::Pixels {
            what: format!("{} fragments cannot be shared out among {} frames", fragments.len(), format.frames),
        });
    };
    let ends = starts.iter().skip(1).copied().chain([fragments.len()]);
    Ok(starts.iter().zip(ends).map(|(&start, end)| join(fragments.get(start..end).unwrap_or_default())).collect())
}

fn join(fragments: &[Vec<u8>]) -> Cow<'_, [u8]> {
    match fragments {
        [one] => Cow::Borrowed(one),
        many => Cow::Owned(many.concat()),
    }
}

/// First fragments of the frames by an offset table: offsets count from the first fragment's item tag.
fn from_tables(object: &InMemDicomObject, sequence: &Sequence, frames: usize) -> Option<Vec<usize>> {
    let extended = match object.get(tags::EXTENDED_OFFSET_TABLE).map(dicom_core::DataElement::value) {
        Some(Value::Primitive(PrimitiveValue::U64(offsets))) => offsets.to_vec(),
        _ => Vec::new(),
    };
    let basic: Vec<u64> = sequence.offset_table().iter().map(|&o| u64::from(o)).collect();
    let mut position = 0_u64;
    let positions: Vec<u64> = sequence
        .fragments()
        .iter()
        .map(|fragment| {
            let here = position;
            position += 8 + fragment.len() as u64;
            here
        })
        .collect();
    [extended, basic].into_iter().filter(|table| table.len() == frames).find_map(|table| {
        let starts: Option<Vec<usize>> = table.iter().map(|offset| positions.binary_search(offset).ok()).collect();
        starts.filter(|s| s.first() == Some(&0) && s.windows(2).all(|w| w[0] < w[1]))
    })
}

/// A frame begins where a fragment begins like a compressed stream.
fn from_start_codes(fragments: &[Vec<u8>], frames: usize) -> Option<Vec<usize>> {
    let starts: Vec<usize> =
        fragments.iter().enumerate().filter(|(_, f)| recognise(f).is_some()).map(|(i, _)| i).collect();
    (starts.len() == frames && starts.first() == Some(&0)).then_some(starts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(frames: usize) -> PixelFormat {
        PixelFormat {
            rows: 1,
            columns: 1,
            frames,
            samples: 1,
            bits_allocated: 8,
            bits_stored: 8,
            high_bit: 7,
            signed: false,
            photometric: String::new(),
            planar: false,
        }
    }

    #[test]
    fn frames_of_several_fragments() {
        let jpeg = |tail: u8| vec![0xFF, 0xD8, 0xFF, tail];
        let fragments = vec![jpeg(1), vec![2, 2], jpeg(3), vec![4, 4], vec![5, 5]];
        let object = InMemDicomObject::new_empty();
        let expected = vec![vec![0xFF, 0xD8, 0xFF, 1, 2, 2], vec![0xFF, 0xD8, 0xFF, 3, 4, 4, 5, 5]];
        // item tag and length take 8 bytes before each fragment: the third begins at 12 + 10
        for table in [vec![0, 22], vec![], vec![0, 21]] {
            let sequence = Sequence::new(table, fragments.clone());
            assert_eq!(split_frames(&object, &sequence, &format(2)).unwrap(), expected);
        }
        let sequence = Sequence::new(Vec::new(), fragments);
        assert!(split_frames(&object, &sequence, &format(3)).is_err());
        assert_eq!(split_frames(&object, &sequence, &format(1)).unwrap().len(), 1);
    }
}
