import js from "@eslint/js";

const browser = [
  "document", "window", "self", "fetch", "URL", "WebSocket", "Worker", "Event", "EventTarget", "CustomEvent", "AbortController",
  "FormData", "TextEncoder", "TextDecoder", "ResizeObserver", "requestAnimationFrame", "OffscreenCanvas", "ImageData",
  "WebAssembly", "navigator", "performance", "console", "crypto", "setTimeout", "clearTimeout", "setInterval",
  "clearInterval", "globalThis", "atob", "btoa", "Blob", "cancelAnimationFrame", "matchMedia", "Intl",
];
const node = ["process", "Buffer", "URL", "console", "crypto", "performance", "setTimeout", "clearTimeout", "setInterval",
  "clearInterval", "TextEncoder", "TextDecoder", "Event", "EventTarget", "CustomEvent", "AbortController", "WebAssembly",
  "fetch", "globalThis", "structuredClone",
];

/** @param {string[]} names */
const readonly = (names) => Object.fromEntries(names.map((name) => [name, "readonly"]));

const forbidden = ["innerHTML", "outerHTML", "insertAdjacentHTML", "srcdoc", "cssText"];

export default [
  { ignores: ["web/viewer/decoder/**", "node_modules/**"] },
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2024, sourceType: "module" },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "no-unused-vars": ["error", { args: "all", argsIgnorePattern: "^_", caughtErrors: "all" }],
      eqeqeq: "error",
      "prefer-const": "error",
      "no-var": "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
    },
  },
  {
    files: ["web/**/*.js"],
    languageOptions: { globals: readonly(browser) },
    rules: {
      /* what is shown is built from text, never from markup; the CSP has no inline style either */
      "no-restricted-properties": ["error",
        ...forbidden.map((property) => ({ property, message: "text and elements only" })),
        { object: "document", property: "write" }, { object: "document", property: "writeln" },
      ],
      "no-restricted-syntax": ["error",
        {
          selector: "CallExpression[callee.property.name='setAttribute'][arguments.0.value=/^(style|on.+)$/]",
          message: "blocked by the content security policy",
        },
      ],
    },
  },
  {
    files: ["tests/**/*.js", "eslint.config.js"],
    languageOptions: { globals: readonly(node) },
  },
  { /* pieces that run in a page */
    files: ["tests/**/*.js"],
    languageOptions: { globals: readonly([...browser, "Blob", "FileReader", "URLSearchParams"]) },
  },
];
