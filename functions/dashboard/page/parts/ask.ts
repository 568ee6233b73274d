// A question before what cannot be done by mistake, and a word after it, with a way back where there is one.

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { UnansweredError } from "../api-error.ts";
import { type Children, html, type Markup } from "../html.ts";

interface Question {
  readonly title: string;
  readonly text: Children;
  /** What the button says that does it. */
  readonly deed: string;
  readonly answer: (yes: boolean) => void;
}

/** The version of a model set that a deed has made. */
export interface MadeVersion {
  readonly set: string;
  readonly generation: string;
  readonly version: number;
}

interface Word {
  readonly number: number;
  readonly text: string;
  readonly kind: "good" | "bad";
  readonly undo?: () => void;
  readonly made?: MadeVersion;
  /** By `performance.now()`. */
  readonly saidAt: number;
}

interface WordOptions {
  readonly undo?: () => void;
  readonly kind?: "good" | "bad";
  readonly forMs?: number;
  /** The word goes once this is over: by another deed on the set, here or elsewhere. */
  readonly made?: MadeVersion;
}

/** Of a deed that was not answered. */
const IN_DOUBT = "It may or may not have been done: look before you do it again.";
const WORD_MS = 12_000;
const question = signal<Question | undefined>(undefined);
const words = signal<readonly Word[]>([]);
let number = 0;
/** Grows with each deed that was done: what is shown may be of before it, and is to be asked for again. */
export const deeds = signal(0);

/** Resolves with whether it is wanted. */
export function confirmed(asked: Omit<Question, "answer">): Promise<boolean> {
  return new Promise((resolve) => {
    question.value = {
      ...asked,
      answer(yes) {
        question.value = undefined;
        resolve(yes);
      },
    };
  });
}

/** Says it for a while. */
export function say(text: string, { undo, kind = "good", forMs = WORD_MS, made }: WordOptions = {}): void {
  const saidAt = performance.now();
  if (made !== undefined) endWords(saidAt, ({ set }) => set === made.set);
  const word: Word = { number: number++, text, kind, saidAt, ...(undo && { undo }), ...(made && { made }) };
  words.value = [...words.value.slice(-3), word];
  setTimeout(() => dismiss(word), forMs);
}

/** Takes away what was said until then of versions that are over: an undo would take back something else. */
export function endWords(until: number, isOver: (made: MadeVersion) => boolean): void {
  const left = words.value.filter(({ made, saidAt }) => made === undefined || saidAt > until || !isOver(made));
  if (left.length < words.value.length) words.value = left;
}

/** Does it, has all that is shown asked for again, and says why where it fails. Undefined where it failed. */
export async function tried<T>(deed: () => Promise<T>): Promise<T | undefined> {
  try {
    const done = await deed();
    deeds.value++;
    return done;
  } catch (error) {
    const doubt = error instanceof UnansweredError ? ` ${IN_DOUBT}` : "";
    say(`${(error as Error).message}${doubt}`, { kind: "bad" });
    return undefined;
  }
}

export function Dialogs(): Markup {
  return html`<${QuestionDialog} /><div class="words" aria-live="polite">${words.value.map(
    (word) => html`<${WordBox} key=${word.number} word=${word} />`,
  )}</div>`;
}

/** The keyboard comes to an undo at once, since it is there for some seconds only, and goes back where it was. */
function WordBox({ word }: { word: Word }): Markup {
  const button = useRef<HTMLButtonElement>(null);
  const before = useRef<Element | null>(null);
  useEffect(() => {
    const active = document.activeElement;
    if (button.current === null || active === null || !active.matches("button:focus-visible")) return;
    before.current = active;
    button.current.focus();
  }, []);
  const close = (deed: (word: Word) => void) => () => {
    deed(word);
    const back = before.current;
    if (back instanceof HTMLElement && back.isConnected) back.focus();
  };
  return html`<div class="word ${word.kind}">
    <span>${word.text}</span>
    ${word.undo && html`<button ref=${button} type="button" onClick=${close(undo)}>Undo</button>`}
    <button type="button" class="plain" aria-label="Dismiss" onClick=${close(dismiss)}>×</button>
  </div>`;
}

function dismiss(word: Word): void {
  words.value = words.value.filter((one) => one !== word);
}

function undo(word: Word): void {
  dismiss(word);
  word.undo?.();
}

function QuestionDialog(): Markup | null {
  const element = useRef<HTMLDialogElement>(null);
  const asked = question.value;
  useEffect(() => {
    if (asked !== undefined && !element.current?.open) element.current?.showModal();
  }, [asked]);
  if (asked === undefined) return null;
  return html`<dialog ref=${element} aria-labelledby="question" onClose=${() => question.value?.answer(false)}>
    <h2 id="question">${asked.title}</h2>
    <div>${asked.text}</div>
    <div class="buttons">
      <button type="button" onClick=${() => asked.answer(false)} autofocus>Cancel</button>
      <button type="button" class="do" onClick=${() => asked.answer(true)}>${asked.deed}</button>
    </div>
  </dialog>`;
}
