/**
 * The columns `text` takes in a fixed-width font: two for East Asian wide and full-width characters
 * and for emoji, none for marks and format characters (https://www.unicode.org/reports/tr11/).
 */
export function textWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment);
  return width;
}

const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });

const WIDE = new RegExp(
  "[\\u1100-\\u115f\\u2e80-\\u303e\\u3041-\\u4dbf\\u4e00-\\ua4cf\\ua960-\\ua97c\\uac00-\\ud7a3" +
    "\\uf900-\\ufaff\\ufe30-\\ufe6f\\uff01-\\uff60\\uffe0-\\uffe6" +
    "\\u{17000}-\\u{18aff}\\u{1aff0}-\\u{1b2ff}\\u{20000}-\\u{3fffd}]|" +
    "\\p{Emoji_Presentation}|\\p{Emoji}\\ufe0f|\\p{Regional_Indicator}",
  "u",
);

function graphemeWidth(grapheme: string): number {
  if (WIDE.test(grapheme)) return 2;
  return /^[\p{M}\p{Cf}]*$/u.test(grapheme) ? 0 : 1;
}
