// Try a pipeline: a form made from its schema, a prediction now, an event and its label, and what becomes of them.

import { useState } from "preact/hooks";
import type { Example } from "../../../admin/shapes/learned-fields.ts";
import type { PipelineDetail, Predicted } from "../../../admin/shapes/tries.ts";
import { api } from "../api.ts";
import type { ApiError } from "../api-error.ts";
import { useAsked } from "../asked.ts";
import { html, type Markup } from "../html.ts";
import { since, status } from "../live.ts";
import { Choice } from "../parts/choice.ts";
import { Failure, Notice, Waits } from "../parts/notice.ts";
import { Prediction } from "../parts/prediction.ts";
import { useSending } from "../parts/sending.ts";
import { useUsualPipeline } from "../parts/usual-pipeline.ts";
import { go, route, to } from "../route.ts";
import { role } from "../session.ts";
import { Life } from "./life.ts";
import { exampleTexts, Field, initialTexts, readRecord, type Texts } from "./try-fields.ts";

const LEVEL = 0.9;
const NO_EXAMPLE = "There is no example: no observation has come here, and too little was learned to make one up.";

export function Try(): Markup {
  const pipelines = status.value?.pipelines;
  const usual = useUsualPipeline();
  const chosen = route.value.path[1] ?? usual;
  return html`<div class="title"><h1>Try it</h1><p class="what">Ask for a prediction; send an event and its label; see it learned.</p></div>
    ${
      pipelines &&
      html`<section class="card"><div class="filters">
      <${Choice} name="Pipeline" value=${chosen ?? ""} of=${pipelines.map((name) => [name, name])} choose=${(name: string) => go(to(["try", name]))} />
    </div></section>`
    }
    ${chosen !== undefined && html`<${OfPipeline} key=${chosen} name=${chosen} />`}`;
}

function OfPipeline({ name }: { name: string }): Markup {
  const { value, error } = useAsked(`pipeline ${name}`, 0, () => api.pipeline(name)).value;
  if (value === undefined) return error === undefined ? html`<${Waits} />` : html`<${Failure} error=${error} />`;
  return html`<${Form} pipeline=${value} />`;
}

interface Outcome {
  readonly told?: Predicted;
  readonly subject?: string;
  readonly error?: ApiError | undefined;
  readonly isUnderWay?: true;
}

function Form({ pipeline }: { pipeline: PipelineDetail }): Markup {
  const fields = pipeline.record.filter(({ isTarget }) => !isTarget);
  const [texts, setTexts] = useState<Texts>(() => initialTexts(fields));
  const [example, setExample] = useState(pipeline.example);
  const [filled, fill] = useState(false);
  const [outcome, setOutcome] = useState<Outcome>({});
  const [lacksExample, lackExample] = useState(false);
  const sendEvent = useSending();
  const attempt = async (deed: () => Promise<Outcome>) => {
    setOutcome({ ...outcome, error: undefined, isUnderWay: true });
    setOutcome(await deed().catch((error: ApiError) => ({ error })));
  };
  const predict = (event: Event) => {
    event.preventDefault();
    const record = readRecord(fields, texts);
    void attempt(async () => ({ told: await api.predict(pipeline.name, { record, interval: LEVEL, explain: true }) }));
  };
  const send = () =>
    void attempt(async () => {
      const data = readRecord(fields, texts);
      const { subject } = await sendEvent({ pipeline: pipeline.name, kind: "observation", data });
      return { subject };
    });
  const fillIn = () =>
    void attempt(async () => {
      const { example: newest } = await api.pipeline(pipeline.name);
      const kept = { ...outcome, error: undefined };
      lackExample(newest === undefined);
      if (newest === undefined) return kept;
      setExample(newest);
      setTexts((before) => exampleTexts(fields, newest, before));
      fill(true);
      return kept;
    });
  const type = (name: string) => (text: string) => setTexts({ ...texts, [name]: text });
  const { told, subject, error, isUnderWay } = outcome;
  return html`<div class="cards">
    <section class="card"><h2>${pipeline.name}</h2><p class="quiet">${pipeline.description}</p>
      <form onSubmit=${predict}>
        <div class="form">${fields.map((field) => html`<${Field} key=${field.name} field=${field} example=${example} text=${texts[field.name] ?? ""} type=${type(field.name)} />`)}</div>
        <div class="buttons">
          <button class="do">Predict</button>
          ${role.value === "admin" && html`<button type="button" onClick=${send}>Send as an event</button>`}
          <button type="button" onClick=${fillIn}>Fill in an example</button>
        </div>
        ${filled && example && html`<p class="quiet" role="status">${exampleWords(example)}</p>`}
      </form>
      ${lacksExample && html`<${Notice} kind="warn">${NO_EXAMPLE}</${Notice}>`}
      ${isUnderWay && html`<${Waits} />`}
      <${Failure} error=${error} />
      <details><summary>the pipeline file</summary><pre tabindex="0">${pipeline.text}</pre></details>
    </section>
    ${told && html`<section class="card" aria-live="polite"><h2>The prediction</h2><${Prediction} told=${told} pipeline=${pipeline} /></section>`}
    ${subject !== undefined && html`<section class="card"><h2>The event</h2><${Sent} key=${subject} pipeline=${pipeline.name} subject=${subject} /></section>`}
  </div>`;
}

function exampleWords({ from, time }: Example): string {
  if (from === "learned") return "The example is made up of what was usual so far.";
  return `The example is the newest observation${time === undefined ? "" : `, ${since(time)}`}.`;
}

function Sent({ pipeline, subject }: { pipeline: string; subject: string }): Markup {
  return html`<p><a href=${to(["events", pipeline, subject])}>${subject}</a></p>
    <h3>Its life</h3><${Life} pipeline=${pipeline} subject=${subject} isNew />`;
}
