// Codes as a scanner types them, one a line. Pure.

/** The character that scanners send between the parts of a GS1 code; a text field cannot show it, so it stands there as this. */
export const GS_SIGN = '<GS>';
const GS = '\u001D';

/** The lines for the server: with the real separator. Empty lines stay, so that the numbers of lines are the same. */
export function toLines(text: string): string {
  return text.replaceAll(GS_SIGN, GS).replace(/\r\n?/g, '\n').split('\n').map((line) => line.replace(/[ \t]+$/, '')).join('\n').replace(/\n+$/, '');
}

/** How many codes there are. */
export const countLines = (text: string): number => text.split('\n').filter((line) => line.trim() !== '').length;

/** One line of the text. */
export const lineAt = (text: string, line: number): string => text.split('\n')[line - 1]?.trim() ?? '';

/** The text without a line, by its number from 1. */
export const withoutLine = (text: string, line: number): string => text.split('\n').filter((_, at) => at !== line - 1).join('\n');
