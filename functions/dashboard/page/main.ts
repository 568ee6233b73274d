// The page begins here.

import { render } from "preact";
import { App } from "./app.ts";
import { html } from "./html.ts";
import { beginSession } from "./session.ts";

beginSession();
const place = document.getElementById("app") as HTMLElement;
place.replaceChildren();
render(html`<${App} />`, place);
