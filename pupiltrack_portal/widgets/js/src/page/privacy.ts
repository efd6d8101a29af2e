// Hiding pupils' names, for a screen that others can see: one key or the button of the header, for
// this tab alone, off again the same way. Words are put in the place of the names themselves, so
// that paper, the grid and a screen reader have them no more than the screen. What stands in a field
// must stay as it is, to be saved: a field that holds a name is closed, to the eye, to the keyboard
// and to screen readers, until names are shown.
import { knownNames, whenLearned } from "../shared/names";
import { say } from "./banner";

/** Not a letter: it must not be typed by chance, nor taken from what somebody speaks. */
export const KEY = "F8";
const KEPT = "pt-names-hidden"; // of this tab; holds no data
const UPN = /\b[A-Z]\d{11}[0-9A-Z]\b/gu;
const WORD = /[\p{L}\p{M}]+/gu;
const ATTRIBUTES = ["aria-label", "title", "alt", "placeholder", "aria-description"];
const NAME_FIELDS = '[data-field="surname"],[data-field="forenames"],[data-field="upn"],[data-field="former_upn"]';
const BOXES = 'input[type="text"],input[type="search"],textarea';
const SKIPPED = new Set(["SCRIPT", "STYLE", "TEXTAREA", "NOSCRIPT"]);

type Change = { was: string; now: string };
const texts = new Map<Text, Change>();
const attributes = new Map<Element, Map<string, Change>>();
const closed = new Set<Element>();
let hadFocus: HTMLElement | null = null;
let isHidden = false;
let preparedFor = 0; // so many names; there are only ever more of them
let pattern: RegExp | null = null;
let standIns = new Map<string, string>();
let words = new Set<string>();

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/gu, "\\$&");

/** What a name may be written as; a part alone is a name only where it is all that is written. */
function prepare(): void {
  if (knownNames().size === preparedFor) return;
  preparedFor = knownNames().size;
  standIns = new Map();
  words = new Set();
  const wholes: string[] = [];
  const parts = new Map<string, string>();
  for (const [name, number] of knownNames()) {
    const standIn = `Pupil ${number}`;
    const [surname = "", forenames = ""] = name.split(/, */u, 2).map((part) => part.trim());
    const first = forenames.split(" ", 1)[0] ?? "";
    for (const written of [name, `${surname}, ${first}`, `${forenames} ${surname}`, `${first} ${surname}`]) {
      if (standIns.has(written)) continue;
      standIns.set(written, standIn);
      wholes.push(written);
    }
    for (const part of [surname, forenames, first]) if (part && !parts.has(part)) parts.set(part, standIn);
    for (const word of surname.match(WORD) ?? []) words.add(word);
  }
  for (const [part, standIn] of parts) if (!standIns.has(part)) standIns.set(part, standIn);
  wholes.sort((one, other) => other.length - one.length);
  pattern = wholes.length
    ? new RegExp(`(?<![\\p{L}\\p{M}])(?:${wholes.map(escaped).join("|")})(?![\\p{L}\\p{M}])`, "gu")
    : null;
}

/** The text without names. Most texts of a page hold no word of any name and are soon done with. */
export function withoutNames(text: string): string {
  const alone = standIns.get(text.trim());
  if (alone) return text.replace(text.trim(), () => alone);
  let found = text;
  if (pattern && (text.match(WORD) ?? []).some((word) => words.has(word))) {
    found = found.replace(pattern, (name) => standIns.get(name) ?? name);
  }
  return found.replace(UPN, "UPN hidden");
}

function hideText(node: Text): void {
  if (SKIPPED.has(node.parentElement?.tagName ?? "")) return;
  const now = node.data;
  if (texts.get(node)?.now === now) return;
  const without = withoutNames(now);
  if (without === now) {
    texts.delete(node);
    return;
  }
  texts.set(node, { was: now, now: without });
  node.data = without;
}

function hideAttributes(element: Element): void {
  for (const name of ATTRIBUTES) {
    const now = element.getAttribute(name);
    if (now === null) continue;
    const changes = attributes.get(element);
    if (changes?.get(name)?.now === now) continue;
    const without = withoutNames(now);
    if (without === now) continue;
    if (changes) changes.set(name, { was: now, now: without });
    else attributes.set(element, new Map([[name, { was: now, now: without }]]));
    element.setAttribute(name, without);
  }
}

function closeBox(box: Element): void {
  const { value } = box as HTMLInputElement | HTMLTextAreaElement;
  if (!value || !(box.matches(NAME_FIELDS) || withoutNames(value) !== value)) return;
  if (box === document.activeElement) {
    hadFocus = box as HTMLElement;
    hadFocus.blur(); // what was typed so far is entered, as when somebody leaves the field
  }
  box.setAttribute("inert", "");
  closed.add(box);
}

function hideIn(root: Node): void {
  if (root instanceof Text) return hideText(root);
  if (!(root instanceof Element)) return;
  if (root.matches(BOXES)) closeBox(root);
  if (SKIPPED.has(root.tagName)) return;
  root.querySelectorAll(BOXES).forEach(closeBox);
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const found: Text[] = [];
  while (walker.nextNode()) found.push(walker.currentNode as Text);
  found.forEach(hideText);
  hideAttributes(root);
  root.querySelectorAll(ATTRIBUTES.map((name) => `[${name}]`).join()).forEach(hideAttributes);
}

function showAll(): void {
  for (const [node, { was, now }] of texts) if (node.data === now) node.data = was;
  for (const [element, changes] of attributes) {
    for (const [name, { was, now }] of changes) {
      if (element.getAttribute(name) === now) element.setAttribute(name, was);
    }
  }
  texts.clear();
  attributes.clear();
  for (const box of closed) box.removeAttribute("inert");
  closed.clear();
  if (hadFocus?.isConnected && document.activeElement === document.body) hadFocus.focus();
  hadFocus = null;
}

const watcher = new MutationObserver((mutations) => {
  for (const { type, target, addedNodes, removedNodes } of mutations) {
    if (type === "characterData") hideText(target as Text);
    else if (type === "attributes") hideAttributes(target as Element);
    addedNodes.forEach(hideIn);
    removedNodes.forEach((node) => {
      if (node instanceof Text) texts.delete(node);
    });
  }
});

function begin(): void {
  prepare();
  hideIn(document.body);
  watcher.observe(document.body, {
    subtree: true,
    childList: true,
    characterData: true,
    attributes: true,
    attributeFilter: ATTRIBUTES,
  });
}

function mark(): void {
  document.documentElement.dataset["names"] = isHidden ? "hidden" : "shown";
  const button = document.getElementById("pt-names");
  if (!button) return;
  button.setAttribute("aria-pressed", String(isHidden));
  button.hidden = false;
}

/** Hide the names, or show them again. */
export function setHidden(hidden: boolean): void {
  if (hidden === isHidden) return;
  isHidden = hidden;
  if (hidden) begin();
  else {
    watcher.disconnect();
    showAll();
  }
  mark();
}

function turn(): void {
  setHidden(!isHidden);
  if (isHidden) sessionStorage.setItem(KEPT, "yes");
  else sessionStorage.removeItem(KEPT);
  const fields = closed.size ? " Fields that hold one are closed until they are shown." : "";
  say(isHidden ? `Pupils' names are hidden in this tab.${fields}` : "Pupils' names are shown.");
}

whenLearned(() => {
  if (!isHidden) return;
  prepare();
  hideIn(document.body);
});

/** Begin to listen to the key and the button; a tab in which names were hidden hides them again. */
export function workPrivacy(): void {
  document.addEventListener("keydown", (event) => {
    if (event.key !== KEY || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (!event.repeat) turn();
  });
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("#pt-names")) turn();
  });
  if (sessionStorage.getItem(KEPT) === "yes") setHidden(true);
  mark();
  document.addEventListener("DOMContentLoaded", mark);
}
