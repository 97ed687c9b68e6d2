/** A text as rules read it: digits and signs of other scripts as ASCII has them, and nothing that cannot be seen. */
export interface PlainText {
  readonly text: string;
  /** Where each code unit stood in the original, and its length behind the last. Absent: everything stands where it stood. */
  readonly places?: Int32Array;
}

/** What stands for something else, or cannot be seen. */
const DISGUISE = /[\u00a0\u00ad\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u2007\u2009-\u2014\u2018-\u201d\u202f\u2060-\u2064\u200b-\u200f\u2212\u3000\ufeff\uff01-\uff5e]|\ufe0f/;
/** Ends of ranges whose digits stand in order: Arabic, Persian, Devanagari, full-width. */
const DIGITS = [0x0660, 0x06f0, 0x0966, 0xff10];
const SIGNS: Readonly<Record<string, string>> = {
  "\u00a0": " ",
  "\u2007": " ",
  "\u2009": " ",
  "\u202f": " ",
  "\u3000": " ",
  "\u2010": "-",
  "\u2011": "-",
  "\u2012": "-",
  "\u2013": "-",
  "\u2014": "-",
  "\u2212": "-",
  "\u2018": "'",
  "\u2019": "'",
  "\u201c": '"',
  "\u201d": '"',
};

/** Reads a text as rules see it. Most are their own. */
export function plainText(text: string): PlainText {
  if (!DISGUISE.test(text)) return { text };
  let plain = "";
  const places = new Int32Array(text.length + 1);
  for (let place = 0; place < text.length; place += 1) {
    const code = text.charCodeAt(place);
    if (code > 0x7f && isInvisible(code)) continue;
    places[plain.length] = place;
    plain += code < 0x80 ? text.charAt(place) : plainSign(text.charAt(place), code);
  }
  places[plain.length] = text.length;
  return plain.length === text.length ? { text: plain } : { text: plain, places };
}

const isInvisible = (code: number): boolean =>
  code === 0xad || (code >= 0x200b && code <= 0x200f) || (code >= 0x2060 && code <= 0x2064) || code === 0xfeff || code === 0xfe0f;

function plainSign(sign: string, code: number): string {
  for (const zero of DIGITS) if (code >= zero && code <= zero + 9) return String(code - zero);
  // Full-width letters and signs stand in the order of ASCII.
  if (code >= 0xff01 && code <= 0xff5e) return String.fromCharCode(code - 0xfee0);
  return SIGNS[sign] ?? sign;
}
