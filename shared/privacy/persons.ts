import { cuesBefore } from "./cues.ts";
import { matchesOf, type PrivateKind, type Region } from "./region.ts";

const found = (match: RegExpExecArray, kind: PrivateKind, value = match[0]): Region => {
  const end = match.index + match[0].length;
  return { start: end - value.length, end, kind };
};

const LABEL = "[\\p{L}\\p{N}](?:[\\p{L}\\p{N}-]{0,62}[\\p{L}\\p{N}])?";
const AT = "(?:@|%40|&#64;|&#x40;|&commat;|\\\\u0040)";
const EMAIL = new RegExp(`(?<![\\p{L}\\p{N}._%+-])[\\p{L}\\p{N}_](?:[\\p{L}\\p{N}._+'-]|%2[bB]){0,63}${AT}(?:${LABEL}\\.){1,6}\\p{L}{2,24}(?![\\p{L}\\p{N}@]|:[\\p{L}\\p{N}~/])`, "giu");
const SPOKEN = /(?<![\p{L}\p{N}])[\p{L}\p{N}_+.-]{1,64}(?:\s?[[(]\s?(?:dot|punkt|point|punto|ponto|\.)\s?[\])]\s?[\p{L}\p{N}_+-]{1,64}){0,3}\s?[[({]\s?(?:at|@|ät|arroba|chez|chiocciola)\s?[\])}]\s?[\p{L}\p{N}-]{1,63}(?:\s?(?:[[(]\s?(?:dot|punkt|point|punto|ponto|\.)\s?[\])]|\.)\s?[\p{L}\p{N}-]{1,63}){1,5}/giu;
/** Machines' addresses that look like those of people. */
const MACHINE = /^(?:git|svn|hg|root|ubuntu|ec2-user|noreply-sha\d*)@(?:[\w.-]*\b(?:git|github|gitlab|bitbucket)\b)/i;

/** Finds addresses of mail, however they are disguised. */
export function findEmails(text: string): Region[] {
  const plain = /@|%40|&#|&commat;|u0040/.test(text) ? matchesOf(EMAIL, text).filter(([value]) => !MACHINE.test(value)) : [];
  const spoken = /[[({]\s?(?:at|@|ät|arroba|chez|chiocciola)\s?[\])}]/i.test(text) ? matchesOf(SPOKEN, text) : [];
  return [...plain, ...spoken].map((match) => found(match, "email"));
}

const MONTHS =
  "jan(?:uary|uar|vier|uari)?|gen(?:naio)?|ene(?:ro)?|janeiro|stycznia|ocak|feb(?:ruary|ruar|rero|braio|ruari)?|févr?(?:ier)?|fevereiro|lutego|şubat|mar(?:ch|s|zo|ço|ca|et)?|märz|maart|marzec|mart|apr(?:il|ile)?|avr(?:il)?|abr(?:il)?|kwietnia|nisan|may|mai|mayo|maggio|maio|mei|maja|mayıs|jun[ei]?|juin|junio|giugno|junho|czerwca|haziran|jul[yi]?|juil(?:let)?|julio|luglio|julho|lipca|temmuz|aug(?:ust|ustus)?|août|agosto|sierpnia|ağustos|sep(?:t(?:ember|embre|iembre)?)?|setembro|settembre|września|eylül|o[ck]t(?:ober|obre|ubre)?|outubro|ottobre|października|ekim|nov(?:ember|embre|iembre)?|novembro|listopada|kasım|de[cz](?:ember|embre)?|déc(?:embre)?|dic(?:iembre|embre)?|dezembro|grudnia|aralık";
const DATE = new RegExp(
  `(?<![\\p{N}])(?:\\d{4}[-/.]\\d{1,2}[-/.]\\d{1,2}|\\d{1,2}[-/. ]\\d{1,2}[-/. ](?:\\d{4}|\\d\\d)|\\d{4}\\s?[年년]\\s?\\d{1,2}\\s?[月월]\\s?\\d{1,2}\\s?[日일]?|\\d{8}|\\d{1,2}(?:st|nd|rd|th|\\.)?\\s(?:de |of )?(?:${MONTHS})\\.?,?\\s(?:de |del )?\\d{4}|(?:${MONTHS})\\.?\\s\\d{1,2}(?:st|nd|rd|th)?,?\\s\\d{4})(?![\\p{N}])`,
  "giu",
);

/** A text without any of these says of nobody that they were born. */
const BIRTH = /birth|born|d\.?o\.?b|geb|urodz|ur\.|née?\b|né le|naiss|nac|nasc|nat[oa]|doğ|出生|生|誕|जन्म|तारीख|ميلاد|ولد/i;

/** Finds dates of which the text says that somebody was born then. */
export const findBirths = (text: string): Region[] =>
  /\d[-/. 年월월]\s?\d|\d{8}|\d\p{L}*,? \d{4}|\d\.? ?\p{L}+\.?,? \d/u.test(text) && BIRTH.test(text) ? matchesOf(DATE, text).filter(({ index }) => cuesBefore(text, index).has("dob")).map((match) => found(match, "dob")) : [];

const IPV4 = /(?:::ffff:)?\d{1,3}(?:\.\d{1,3}){3}/gi;
const IPV6 = /(?:[0-9a-f]{1,4}|(?=::))(?::[0-9a-f]{0,4}){2,7}/gi;
/** Of machines and examples: private, local, link-local, shared, documentation, multicast. */
const NOBODY = /^(?:::ffff:)?(?:0\.|10\.|127\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.|192\.168\.|192\.0\.[02]\.|198\.51\.100\.|203\.0\.113\.|100\.(?:6[4-9]|[789]\d|1[01]\d|12[0-7])\.|22[4-9]\.|2[3-5]\d\.)/i;
const NOBODY6 = /^(?:::1?$|f[cdef]|2001:0?db8:)/i;

/** Finds addresses of people's machines on the net. */
export function findAddresses(text: string): Region[] {
  const four = (/\d\.\d{1,3}\.\d{1,3}\./.test(text) ? [...text.matchAll(IPV4)] : []).filter(
    (match) => isFour(match[0]) && standsFree(text, match, /[\d.\p{L}-]/u) && (isForwarded(text, match.index) || cuesBefore(text, match.index).has("ip")),
  );
  const six = (/:[\da-f]{0,4}:[\da-f]{0,4}:|::[\da-f]/i.test(text) ? [...text.matchAll(IPV6)] : []).filter(
    (match) => isSix(match[0]) && !NOBODY6.test(match[0]) && standsFree(text, match, /[\p{L}\p{N}:.]/u) && (isWhole(match[0]) || cuesBefore(text, match.index).has("ip")),
  );
  return [...four, ...six].map((match) => found(match, "ip"));
}

const isFour = (address: string): boolean =>
  !NOBODY.test(address) && address.replace(/^::ffff:/i, "").split(".").every((part) => Number(part) < 256 && !/^0\d/.test(part));

function isSix(address: string): boolean {
  const groups = address.split(":");
  const gaps = address.split("::").length - 1;
  return gaps === 1 ? groups.length <= 8 && address.length > 4 : gaps === 0 && groups.length === 8 && !groups.includes("");
}

/** Neither part of something longer nor a range (`/24`). */
function standsFree(text: string, match: RegExpExecArray, before: RegExp): boolean {
  const end = match.index + match[0].length;
  return !before.test(text.charAt(match.index - 1)) && !/[\p{L}\p{N}/]/u.test(text.charAt(end)) && !/^[.:][\da-f]/i.test(text.slice(end, end + 2));
}

const isWhole = (address: string): boolean => address.split(":").length === 8 && !address.includes("::") && /[a-f]/i.test(address);

/** In a list of addresses, or at the beginning of a line of a log. */
const isForwarded = (text: string, start: number): boolean => /(?:^|\n|\d, ?)$/.test(text.slice(Math.max(0, start - 3), start));

const NUMBER_WORDS = "(?:\\s?(?:nr|no|num|number|nummer|numéro|numero|número|n°|nº|№|id|号码|号|番号|نمبر|رقم))?";
const BEHIND = `${NUMBER_WORDS}[\\s"'\\\\:=.#：)\\]]{0,6}(?:(?:nr|no|n°|nº)\\.?[\\s:]{0,2})?`;
const PASSPORT = new RegExp(
  `(?:passport|passeport|passaporto|passaporte|pasaporte|pasaport|reisepass|paspoort|paszport(?:u)?|护照|护照号码|旅券|旅券番号|パスポート|पासपोर्ट|جواز السفر|جواز|passport_?no|passportnumber)${BEHIND}((?=[A-Z0-9]{0,8}\\d)[A-Z0-9]{6,10})(?![\\p{L}\\p{N}])`,
  "giu",
);
const MACHINE_READABLE = /(?<![A-Z0-9<])[A-Z0-9<]{9}\d[A-Z<]{3}\d{6}\d[MFX<]\d{6}\d[A-Z0-9<]{14}[\d<]\d(?![A-Z0-9<])/g;
const PLATE = new RegExp(
  `(?:plates?|license[ _-]?plate|licence[ _-]?plate|number plate|registration(?: number)?|reg(?:istration)?(?: no)?|kennzeichen|kfz-kennzeichen|immatricul(?:é|ée|ation)|plaque|matr[íi]cula|targa|placa|kenteken|nr rej|numer rejestracyjny|tablic[ay]|plaka|车牌|车牌号|ナンバープレート|登録番号|वाहन संख्या|गाड़ी नंबर|लوحة|لوحة|رقم اللوحة)${BEHIND}((?=[\\p{L}\\d]{0,3}[\\p{L}\\d \\-·]{0,9}\\d)[\\p{L}\\d]{1,4}(?:[ \\-·]?[\\p{L}\\d]{1,4}){1,3})(?![\\p{L}\\p{N}])`,
  "giu",
);

/** Words behind a plate are as short as its parts. */
function withoutWords({ start, end, kind }: Region, text: string): Region {
  const words = /(?:[ \-·]\p{Ll}+)+$/u.exec(text.slice(start, end))?.[0] ?? "";
  return { start, end: end - words.length, kind };
}

/** A text without any of these names neither. */
const PAPERS = /pas[sz]?a?por|reisep|paspoo|paszp|护照|旅券|パスポ|पासपो|جواز|<<|plat|plaque|regist|kennz|immat|matr|targa|placa|kentek|rej|tablic|plaka|车牌|ナンバ|登録|वाहन|गाड़ी|لوحة/i;

/** Finds passports and plates, by the words before them. */
export function findPapers(text: string): Region[] {
  if (!PAPERS.test(text)) return [];
  return [
    ...matchesOf(PASSPORT, text).map((match) => found(match, "passport", match[1])),
    ...[...text.matchAll(MACHINE_READABLE)].map((match) => found(match, "passport")),
    ...matchesOf(PLATE, text).map((match) => withoutWords(found(match, "plate", match[1]), text)),
  ];
}
