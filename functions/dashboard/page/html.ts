// Markup as tagged templates. Text that is put in is escaped, whatever it is; nothing here takes markup from outside.

import htm from "htm";
import { type ComponentChildren, h, type VNode } from "preact";

export type Markup = VNode;
export type Children = ComponentChildren;

export const html = htm.bind(h) as (strings: TemplateStringsArray, ...values: readonly unknown[]) => Markup;
