// How often is asked: after a deed, and of what will never be there.

import { render } from "preact";
import { expect, onTestFinished, test, vi } from "vitest";
import type { Asking } from "./asked.ts";
import type { Facts } from "./facts.ts";
import { html, type Markup } from "./html.ts";

// What the document of the page has, and this one has not.
const facts: Pick<Facts, "operations"> = {
  operations: [{ name: "events", method: "GET", path: "/api/v1/events", takes: "query" }],
};
document.body.append(
  Object.assign(document.createElement("template"), { id: "facts", textContent: JSON.stringify(facts) }),
);
const { useAsked } = await import("./asked.ts");
const { Events } = await import("./views/events.ts");

function place(markup: Markup): HTMLElement {
  const here = document.createElement("div");
  render(markup, here);
  onTestFinished(() => render(null, here));
  return here;
}

test("who asks again while an answer is under way is answered anew right after it, once however often it was asked", async () => {
  const answers: PromiseWithResolvers<number>[] = [];
  let asking: Asking<number> | undefined;
  const Asks = () => {
    asking = useAsked("k", 0, () => {
      const answer = Promise.withResolvers<number>();
      answers.push(answer);
      return answer.promise;
    });
    return html`<p>${asking.value.value}</p>`;
  };
  const here = place(html`<${Asks} />`);
  await vi.waitFor(() => expect(answers.length).toBe(1));

  asking?.again();
  asking?.again();
  answers[0]?.resolve(1);
  await vi.waitFor(() => expect(answers.length).toBe(2));
  answers[1]?.resolve(2);

  await vi.waitFor(() => expect(here.textContent).toBe("2"));
  expect(answers.length).toBe(2);
});

test("where nobody keeps events that is said, with its cure, and not asked for again", async () => {
  const detail = "no events are kept here: ask another";
  let asked = 0;
  const fetchEvents = vi.spyOn(window, "fetch").mockImplementation(async () => {
    asked++;
    return Response.json({ detail }, { status: 501 });
  });
  onTestFinished(() => fetchEvents.mockRestore());
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());

  const here = place(html`<${Events} />`);
  await vi.advanceTimersByTimeAsync(10_000);

  expect(here.querySelector("[role=alert]")?.textContent).toContain(detail);
  expect(here.textContent).not.toContain("Nothing has come yet");
  expect(asked).toBe(1);
});
