/** Kinds whose values are told by a word before them. */
export type CuedKind = "phone" | "ssn" | "national_id" | "bank_account" | "dob" | "ip";

/** Words, one or two, that say what a value behind them is, in the languages in which people write to agents. */
const WORDS: Readonly<Record<CuedKind, string>> = {
  phone:
    "phone, telephone, telefono, teléfono, telefone, telefon, téléphone, telefoon, telefonnummer, telefoonnummer, tel, tél, fon, mobile, mobil, mobilnummer, móvil, celular, cellulare, cell, handy, handynummer, gsm, msisdn, fax, sms, whatsapp, call, call back, callback, called, caller, dial, ring, rückruf, anruf, rufnummer, llamar, llame, ligar, ligue, ligação, appel, appeler, appelez, appel sortant, joignable, portable, chiamare, chiamata, bellen, gebeld, belde, zadzwoń, dzwonić, numer telefonu, telefonu, komórka, ara, arama, arayın, aradı, cep, telefonu, هاتف, الهاتف, جوال, الجوال, اتصل, फ़ोन, फोन, मोबाइल, phone number, phonenumber, phone no, contact number, mobile number",
  ssn: "ssn, social security, soc sec, security number",
  national_id:
    "steuerid, steuer id, steueridnr, idnr, identifikationsnummer, steuernummer, sécurité sociale, securite sociale, nir, dni, nie, nif, codice fiscale, cf, bsn, burgerservicenummer, pesel, cpf, kimlik, tckn, aadhaar, aadhar, आधार, الهوية, الوطنية, national id, nationalid, national insurance, nino, ni number, id card, personal number, personnummer, tax id, taxid, tax number, insee, sofinummer, cnpf, curp",
  bank_account:
    "account, account number, accountnumber, acct, a c, kontonummer, konto, kto, cuenta, número de cuenta, conta, conta corrente, c c, compte, conto, conto corrente, rekening, rekeningnummer, rachunku, rachunek, konta, hesap, hesabı, खाता, الحساب, bank account, bankaccount",
  dob: "dob, d o, o b, born, birth, birthdate, birthday, birth date, dateofbirth, geboren, geb, geburtsdatum, geburtstag, né, née, né le, née le, naissance, nacido, nacida, nacimiento, nascido, nascida, nascimento, nato, nata, nascita, geboortedatum, geboorte, ur, urodzony, urodzona, urodzenia, doğum, doğum tarihi, doğumlu, जन्म, जन्मतिथि, الميلاد, ولد",
  ip: "ip, ips, ip address, ipaddress, ipaddr, sourceip, sourceipaddress, source, src, client, clientip, remote, addr, address, adresse, dirección, indirizzo, endereço, adres, from, peer, visitor, subscriber, user, host, forwarded for, forwarded, for, by, von, depuis, desde, da, van, od, login, logged in, banned, blocked, caller, remoteaddr, xff, viewer, عنوان",
};

/** Of scripts without spaces: looked for inside a word. */
const INSIDE: Readonly<Record<string, CuedKind>> = {
  电话: "phone",
  手机: "phone",
  電話: "phone",
  携帯: "phone",
  联系方式: "phone",
  身份证: "national_id",
  身份号: "national_id",
  マイナンバー: "national_id",
  個人番号: "national_id",
  账号: "bank_account",
  账户: "bank_account",
  帐号: "bank_account",
  口座: "bank_account",
  出生: "dob",
  生日: "dob",
  生年月日: "dob",
  誕生日: "dob",
  来源: "ip",
  来自: "ip",
  地址: "ip",
  アドレス: "ip",
};

/** What may stand between such a word and its value. */
const FILLERS = new Set(
  "nr no num number numb nummer numéro numero número numer n id is was ist est es são é é to at au aux al zu an vers para per naar do na of der le el il em on en m value val رقم नंबर संख्या back sortant de la les the code am den im dnia dzień op w su in date datum data fecha with my mit unter his her son sa mon me us him you uns mich".split(" "),
);

const KINDS = new Map<string, CuedKind[]>();
for (const kind of ["phone", "ssn", "national_id", "bank_account", "dob", "ip"] as const) {
  for (const word of WORDS[kind].split(", ")) KINDS.set(word, [...(KINDS.get(word) ?? []), kind]);
}

/** How far before a value its words may begin, how many are looked at, and how many signs may stand before each. */
const REACH = 48;
const MOST_WORDS = 6;
const MOST_SIGNS = 12;
const LETTER = /[\p{L}\p{M}]/u;
const UNSPACED = /[\u3040-\u30ff\u4e00-\u9fff]/;
const NONE: ReadonlySet<CuedKind> = new Set();

/** What the words before a place say that a value there is; several, where one stands behind the other. */
export function cuesBefore(text: string, start: number): ReadonlySet<CuedKind> {
  const cues = new Set<CuedKind>();
  const least = Math.max(0, start - REACH);
  let word = wordBefore(text, start, least);
  for (let count = 0; word !== undefined && count < MOST_WORDS; count += 1) {
    const next = wordBefore(text, word.from, least);
    const said = word.text;
    const kinds = [...(KINDS.get(said) ?? []), ...(KINDS.get(`${next?.text ?? ""} ${said}`) ?? []), ...kindsInside(said)];
    for (const kind of kinds) cues.add(kind);
    if (kinds.length === 0 && !FILLERS.has(said)) break;
    word = next;
  }
  return cues.size === 0 ? NONE : cues;
}

/** The word that ends before a place, in lower case; nothing where a number stands between, or too many signs. */
function wordBefore(text: string, place: number, least: number): { readonly text: string; readonly from: number } | undefined {
  let end = place;
  while (end > least && !isLetter(text, end - 1)) {
    const code = text.charCodeAt(end - 1);
    if ((code >= 48 && code <= 57) || place - end >= MOST_SIGNS) return undefined;
    end -= 1;
  }
  let from = end;
  while (from > least && isLetter(text, from - 1)) from -= 1;
  return from === end ? undefined : { text: text.slice(from, end).toLowerCase(), from };
}

function isLetter(text: string, place: number): boolean {
  const code = text.charCodeAt(place);
  if (code < 0x80) return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
  return LETTER.test(text.charAt(place));
}

function kindsInside(word: string): CuedKind[] {
  if (!UNSPACED.test(word)) return [];
  return Object.entries(INSIDE).flatMap(([part, kind]) => (word.includes(part) ? [kind] : []));
}
