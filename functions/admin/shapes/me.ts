// Who asks, as the admin API answers it; all else is in shapes.ts.

import Type, { type Static } from "typebox";

export const Me = Type.Object(
  {
    role: Type.Union([Type.Literal("admin"), Type.Literal("view")], {
      description: "admin may do all there is; view may look, and is refused what acts (403)",
    }),
  },
  { additionalProperties: false },
);

export type Me = Static<typeof Me>;
