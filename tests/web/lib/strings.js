/** strings: what people type when they help each other: French, addresses, code; made from word lists, always the same. */
const WORDS = ("où ça déjà élève forêt maïs Noël cœur œuvre ÿ L’Haÿ garçon français ambiguë naïf île hôpital sûr août à côté là-bas " +
  "c’est-à-dire aujourd’hui Économies ÉTÉ Çà À bientôt, virement échéancier prélèvement dépôt intérêts n° reçu réf. M. Mme " +
  "Hélène Benoît Gaëlle François Zoë Agnès Müller Jürgen Straße Grüße Größe Łukasz Dvořák señor niño").split(" ");
const NAMES = ["claire.martin", "h.lefevre", "j_dupont", "marie-noelle", "contact+guichet", "o'brien", "p.muller"];
const HOSTS = ["banque-exemple.fr", "exemple.org", "mail.exemple.co.uk", "bücher.example", "localhost:8443"];
const PATHS = ["/?id=42&a=b#bas", "/%C3%A9/~cl/", "/a_b-c.d;e=f,g", "/q?x[]=1&y={z}", "/d'accès/(1)", "/@moi/$1*2!"];
const CODE = ["if (a[i] != b->c) ~x | y;", "#include <é.h> // C:\\T", "echo \"$HOME\" > ~/x && exit", "(x) => `${x}#{y}`;", "LIKE '%_\\%' -- où",
  "<p class=\"œuvre\">&eacute;", "git rebase -i HEAD~3; ls *", "x := y % 2 == 0 ? -1 : +1", "\\frac{1}{2} \\^ {[|]}", "@media { a { content: \"→\" } }"];
const MONEY = ["1\u202f234,56\u00a0€", "12 %", "£5.00", "¥1000", "±3 µm²", "20 °C", "½ × ¾ ÷ 3", "§ 12", "n° 7", "3³"];
const SIGNS = ["« oui »", "« non » ; \"peut-être\"", "…", "–", "—", "‹ › ‚ „ “ ”", "¿ ¡", "€@#{[|\\~", "^¨`´~", "ï Ï ë Ë ü Ü â ê î ô û", "œ Œ æ Æ ß ẞ ø å"];
const EMOJI = ["😀", "👍🏽", "❤️", "👨‍👩‍👧", "🇫🇷", "✅", "☎️", "🏦"];
const COMBINING = ["e\u0301te\u0301", "n\u0303", "c\u0327a", "a\u0302ge", "o\u0308", "x\u0332"];
const FAR = ["Ελλάδα", "Привет", "שלום", "你好", "日本", "한국"];

/** mulberry32: the same numbers each time. @param {number} seed */
function numbers(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** @param {number} count @param {number} [seed] @returns {string[]}  one line each, none empty */
export function typedStrings(count, seed = 5) {
  const next = numbers(seed);
  /** @param {readonly string[]} list */
  const one = (list) => list[Math.floor(next() * list.length)];
  const kinds = [
    () => `${one(WORDS)} ${one(WORDS)}`,
    () => `${one(WORDS)}, ${one(MONEY)}.`,
    () => `${one(NAMES)}@${one(HOSTS)}`,
    () => `http://${one(HOSTS)}${one(PATHS)}`,
    () => one(CODE),
    () => `${one(SIGNS)} ${one(WORDS)}`,
    () => `${one(WORDS)} ${one(EMOJI)}`,
    () => `${one(COMBINING)} ${one(WORDS)}`,
    () => `${Math.floor(next() * 1e9)} ${one(MONEY)}`,
  ];
  const lines = Array.from({ length: count }, (_, i) => kinds[i % kinds.length]());
  FAR.forEach((word, i) => { lines[(i * 97 + 13) % count] = word; });
  return lines;
}
