/** Whether a card number's last digit fits the others (Luhn). Digits alone. */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - place) - 48;
    const doubled = digit * 2;
    sum += place % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** Networks of cards by their first digits, with how many digits theirs have. */
const NETWORKS: readonly (readonly [RegExp, readonly number[]])[] = [
  [/^3[47]/, [15]],
  [/^3(?:0[0-5]|[68])/, [14]],
  [/^35/, [16]],
  [/^4/, [13, 16, 19]],
  [/^5[1-5]/, [16]],
  [/^2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)/, [16]],
  [/^6(?:011|4[4-9]|5|2)/, [16, 19]],
  [/^(?:50|5[6-9]|6[3-9])/, [16]],
];

/** Whether digits are those of a card. */
export const isCard = (digits: string): boolean =>
  NETWORKS.some(([first, lengths]) => lengths.includes(digits.length) && first.test(digits)) && passesLuhn(digits);

/** Characters of an account number by country, as its registry has them. */
const IBAN_LENGTHS: Readonly<Record<string, number>> = {
  AD: 24, AE: 23, AL: 28, AT: 20, AZ: 28, BA: 20, BE: 16, BG: 22, BH: 22, BR: 29, CH: 21, CR: 22, CY: 28, CZ: 24, DE: 22,
  DK: 18, DO: 28, EE: 20, EG: 29, ES: 24, FI: 18, FO: 18, FR: 27, GB: 22, GE: 22, GI: 23, GL: 18, GR: 27, GT: 28, HR: 21,
  HU: 28, IE: 22, IL: 23, IS: 26, IT: 27, JO: 30, KW: 30, KZ: 20, LB: 28, LI: 21, LT: 20, LU: 20, LV: 21, MC: 27, MD: 24,
  ME: 22, MK: 19, MR: 27, MT: 31, MU: 30, NL: 18, NO: 15, PK: 24, PL: 28, PS: 29, PT: 25, QA: 29, RO: 24, RS: 22, SA: 24,
  SE: 24, SI: 19, SK: 24, SM: 27, TN: 24, TR: 26, UA: 29, VG: 24, XK: 20,
};

/** How many characters an account number of a country has; none for what is no country. */
export const ibanLength = (country: string): number | undefined => IBAN_LENGTHS[country];

/** Whether an account number's check digits fit (ISO 7064, modulo 97). Upper case, no separators. */
export function isIban(account: string): boolean {
  if (account.length !== IBAN_LENGTHS[account.slice(0, 2)]) return false;
  const turned = account.slice(4) + account.slice(0, 4);
  let rest = 0;
  for (const sign of turned) {
    const value = Number.parseInt(sign, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

const weighed = (digits: string, weights: readonly number[]): number =>
  weights.reduce((sum, weight, place) => sum + weight * (digits.charCodeAt(place) - 48), 0);

/** Germany's tax number: eleven digits (ISO 7064, modulo 11, 10). */
function isGermanTaxNumber(digits: string): boolean {
  let product = 10;
  for (const digit of digits.slice(0, 10)) {
    const sum = (Number(digit) + product) % 10 || 10;
    product = (sum * 2) % 11;
  }
  return (11 - product) % 10 === Number(digits[10]);
}

function isBrazilian(digits: string): boolean {
  const check = (count: number): number => {
    const weights = Array.from({ length: count }, (_, place) => count + 1 - place);
    return ((weighed(digits, weights) * 10) % 11) % 10;
  };
  return !/^(\d)\1+$/.test(digits) && check(9) === Number(digits[9]) && check(10) === Number(digits[10]);
}

function isTurkish(digits: string): boolean {
  const [odd, even] = [weighed(digits, [1, 0, 1, 0, 1, 0, 1, 0, 1]), weighed(digits, [0, 1, 0, 1, 0, 1, 0, 1])];
  const sum = weighed(digits, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
  return digits[0] !== "0" && (((odd * 7 - even) % 10) + 10) % 10 === Number(digits[9]) && sum % 10 === Number(digits[10]);
}

const isPolish = (digits: string): boolean => (10 - (weighed(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10)) % 10 === Number(digits[10]);

const isDutch = (digits: string): boolean => weighed(digits.padStart(9, "0"), [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0;

/** China's: a date of birth inside, the check sign may be an X (ISO 7064, modulo 11, 2). */
function isChinese(number: string): boolean {
  const sum = weighed(number, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]);
  return /^[1-9]\d{5}(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])/.test(number) && "10X98765432"[sum % 11] === number[17];
}

/** France's: fifteen digits, the last two of which are 97 less the rest (Corsica has letters, which are left out). */
const isFrench = (digits: string): boolean =>
  /^[12]\d\d(?:0[1-9]|1[0-2]|[2-9]\d)/.test(digits) && 97 - Number(BigInt(digits.slice(0, 13)) % 97n) === Number(digits.slice(13));

const isSaudi = (digits: string): boolean => /^[12]/.test(digits) && passesLuhn(digits);

function isJapanese(digits: string): boolean {
  const rest = weighed(digits, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
  return (rest <= 1 ? 0 : 11 - rest) === Number(digits[11]);
}

const TIMES = "0123456789123406789523401789563401289567401239567859876043216598710432765982104387659321049876543210";
const MOVED = "01234567891576283094580379614289160435279453126870428657390127938064157046913258";

/** India's: twelve digits (Verhoeff). */
function isIndian(digits: string): boolean {
  let check = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - place) - 48;
    const moved = Number(MOVED[(place % 8) * 10 + digit]);
    check = Number(TIMES[check * 10 + moved]);
  }
  return /^[2-9]/.test(digits) && check === 0;
}

/** Whether digits, or seventeen and an X, are a person's number of some country, by their check digits alone. */
export function isNationalNumber(number: string): boolean {
  switch (number.length) {
    case 9:
      return isDutch(number);
    case 10:
      return isSaudi(number);
    case 11:
      return isGermanTaxNumber(number) || isPolish(number) || isBrazilian(number) || isTurkish(number);
    case 12:
      return isIndian(number) || isJapanese(number);
    case 15:
      return isFrench(number);
    case 18:
      return isChinese(number);
    default:
      return false;
  }
}

/** Whether digits alone tell that they are a person's number: those with a date inside, and those that are long. */
export const isTellingNumber = (number: string): boolean => (number.length === 18 && isChinese(number)) || (number.length === 15 && isFrench(number));

export { isBrazilian };

/** Spain's: eight digits, or a letter and seven, and a letter that follows from them. Upper case. */
export function isSpanish(number: string): boolean {
  const digits = number.slice(0, -1).replace(/^[XYZ]/, (letter) => String("XYZ".indexOf(letter)));
  return "TRWAGMYFPDXBNJZSQVHLCKE"[Number(digits) % 23] === number.at(-1);
}

const ODD = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

/** Italy's: sixteen signs, the last of which follows from the others. Upper case. */
export function isItalian(number: string): boolean {
  let sum = 0;
  for (let place = 0; place < 15; place += 1) {
    const value = Number.parseInt(number.charAt(place), 36);
    const own = value > 9 ? value - 10 : value;
    sum += place % 2 === 0 ? (ODD[own] ?? 0) : own;
  }
  return String.fromCharCode(65 + (sum % 26)) === number.at(-1);
}
