// The label of an observation that waits for it, typed by hand.

import { useState } from "preact/hooks";
import type { PipelineDetail, PipelineField } from "../../../admin/shapes/tries.ts";
import type { ApiError } from "../api-error.ts";
import { html, type Markup } from "../html.ts";
import { Failure, Notice } from "../parts/notice.ts";
import { useSending } from "../parts/sending.ts";
import { role } from "../session.ts";
import { Field, readRecord } from "./try-fields.ts";

interface LabelFormProps {
  readonly pipeline: PipelineDetail;
  readonly subject: string;
}

/** Nothing for who may not send, and where there is no target. */
export function LabelForm({ pipeline, subject }: LabelFormProps): Markup | null {
  const target = pipeline.record.find(({ isTarget }) => isTarget);
  if (target === undefined || role.value !== "admin") return null;
  return html`<${Form} pipeline=${pipeline} target=${target} subject=${subject} />`;
}

/** An observation is named by its subject, or by a field of its own, which its label then has, too. */
function Form({ pipeline, target, subject }: LabelFormProps & { readonly target: PipelineField }): Markup {
  const asked =
    pipeline.classes === undefined ? target : { ...target, kind: "enum" as const, symbols: pipeline.classes };
  const [text, setText] = useState(pipeline.classes?.[0] ?? "");
  const [state, setState] = useState<{ sent: boolean; error?: ApiError }>({ sent: false });
  const send = useSending();
  const submit = async (event: Event) => {
    event.preventDefault();
    const named = pipeline.subject === undefined ? {} : { [pipeline.subject]: subject };
    const data = { ...readRecord([{ ...target, optional: false }], { [target.name]: text }), ...named };
    try {
      await send({ pipeline: pipeline.name, kind: "label", subject, data });
      setState({ sent: true });
    } catch (error) {
      setState({ sent: false, error: error as ApiError });
    }
  };
  if (state.sent) return html`<${Notice} kind="good">Its label is on its way.</${Notice}>`;
  return html`<form class="filters" onSubmit=${(event: Event) => void submit(event)}>
    <${Field} field=${{ ...asked, optional: false }} text=${text} type=${setText} />
    <button class="do">Send its label</button>
  </form><${Failure} error=${state.error} />`;
}
