/**
 * keyboards: what a browser tells of a person who types a text on a keyboard (S14): key by key, with AltGr, dead keys,
 * and, for what the keyboard lacks, an input method. Three layouts, and the three ways in which systems tell of dead keys.
 */

/** @typedef {{ plain: string, altgr: string, dead: string }} Layout  dead: combining characters that dead keys add */

/** @type {Readonly<Record<"fr" | "us" | "de", Layout>>} */
export const LAYOUTS = Object.freeze({
  fr: {
    plain: " ²&é\"'(-è_çà)=1234567890°+azertyuiop$qsdfghjklmù*<wxcvbn,;:!AZERTYUIOP£QSDFGHJKLM%µ>WXCVBN?./§",
    altgr: "#{[|`\\^@]}¤€~", dead: "\u0302\u0308",
  },
  us: {
    plain: " `1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:\"ZXCVBNM<>?",
    altgr: "", dead: "",
  },
  de: {
    plain: " 1234567890ßqwertzuiopü+asdfghjklöä#<yxcvbnm,.-°!\"§$%&/()=?QWERTZUIOPÜ*ASDFGHJKLÖÄ'>YXCVBNM;:_",
    altgr: "²³{[]}\\@€~|µ", dead: "\u0301\u0300\u0302",
  },
});

/** Dead keys followed by a space make the character itself. @type {Record<string, string>} */
const ALONE = { "\u0302": "^", "\u0300": "`", "\u0301": "´", "\u0308": "¨" };
const SYSTEMS = /** @type {const} */ (["linux", "windows", "mac"]);

/** @param {EventTarget} target @param {string} type @param {object} fields */
function fire(target, type, fields) {
  const event = Object.assign(new Event(type, { cancelable: true }), fields);
  target.dispatchEvent(event);
  return event;
}

/** A person at a keyboard, typing into the page's element. */
export class Typist {
  #typing;
  #layout;
  #turn = 0;
  /** Caps Lock is on: the browser tells of capitals for small letters, and the person, who sees it, holds Shift. */
  hasCaps = false;

  /** @param {EventTarget & { value: string }} typing @param {Layout} layout */
  constructor(typing, layout) {
    this.#typing = typing;
    this.#layout = layout;
  }

  /** @param {string} text  one line */
  type(text) {
    for (const character of text) this.#character(character);
  }

  /** A key that makes no text, or a shortcut. @param {string} key @param {string[]} [held] */
  key(key, held = []) {
    return this.#press(key, held);
  }

  /** @param {string} character */
  #character(character) {
    const { plain, altgr, dead } = this.#layout;
    const [base, mark, ...more] = character.normalize("NFD");
    const alone = Object.keys(ALONE).find((each) => ALONE[each] === character && dead.includes(each));
    if (plain.includes(character)) this.#write(character, this.#shift(character));
    else if (altgr.includes(character)) this.#write(character, this.#turn++ % 2 ? ["AltGraph"] : ["Control", "Alt", "AltGraph"]);
    else if (alone) this.#dead(character, ALONE[alone]);
    else if (mark && !more.length && dead.includes(mark) && plain.includes(base)) this.#dead(character, ALONE[mark]);
    else this.#inputMethod(character);
  }

  /** @param {string} character */
  #shift(character) {
    const isCapital = /\p{Lu}/u.test(character);
    return isCapital !== this.hasCaps && /\p{L}/u.test(character) && isCapital ? ["Shift"] : [];
  }

  /** @param {string} key @param {string[]} held @param {object} [more] */
  #press(key, held, more = {}) {
    return fire(this.#typing, "keydown", {
      key, isComposing: false,
      ctrlKey: held.includes("Control"), altKey: held.includes("Alt"), shiftKey: held.includes("Shift"), metaKey: held.includes("Meta"),
      getModifierState: (/** @type {string} */ name) => held.includes(name) || (name === "CapsLock" && this.hasCaps),
      ...more,
    });
  }

  /** @param {string} text @param {string[]} held */
  #write(text, held) {
    for (const name of held) this.#press(name, held);
    if (this.#press(text, held).defaultPrevented) return;
    this.#typing.value += text;
    fire(this.#typing, "input", { isComposing: false });
  }

  /** @param {string} character @param {string} shown  what a system that composes shows meanwhile */
  #dead(character, shown) {
    const system = SYSTEMS[this.#turn++ % SYSTEMS.length];
    this.#press("Dead", []);
    if (system !== "mac") {
      this.#write(character, []);
      return;
    }
    fire(this.#typing, "compositionstart", {});
    this.#typing.value += shown;
    fire(this.#typing, "input", { isComposing: true });
    this.#press(character, [], { isComposing: true });
    this.#typing.value = this.#typing.value.slice(0, -shown.length) + character;
    fire(this.#typing, "input", { isComposing: true });
    fire(this.#typing, "compositionend", {});
  }

  /** A palette, a compose key or an input method: text without a key that names it. @param {string} text */
  #inputMethod(text) {
    if (this.#turn++ % 2) {
      this.#typing.value += text;
      fire(this.#typing, "input", { isComposing: false });
      return;
    }
    fire(this.#typing, "compositionstart", {});
    this.#press("Process", [], { isComposing: true });
    this.#typing.value += text;
    fire(this.#typing, "input", { isComposing: true });
    fire(this.#typing, "compositionend", {});
    fire(this.#typing, "input", { isComposing: false });
  }
}
