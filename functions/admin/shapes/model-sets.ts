// Lists of model sets, as the admin API answers them; all else is in shapes.ts.

import Type, { type Static } from "typebox";
import { ModelSetSummary, PageQuery, page } from "./shapes.ts";

export const ModelSetPage = Type.Object(
  {
    ...page(ModelSetSummary).properties,
    count: Type.Optional(Type.Integer({ minimum: 0, description: "of all pages together" })),
  },
  { additionalProperties: false },
);

export const ModelSetsQuery = Type.Object(
  {
    ...PageQuery.properties,
    after: Type.Optional(Type.String({ maxLength: 330, description: "`next` of the page before, in the same order" })),
    sort: Type.Optional(
      Type.Union([Type.Literal("name"), Type.Literal("worst"), Type.Literal("newest"), Type.Literal("silent")], {
        default: "name",
        description:
          "worst: by the champion's first score, rolling before cumulative; newest or silent: by the last commit",
      }),
    ),
    prefix: Type.Optional(
      Type.String({
        maxLength: 300,
        description: "what the names begin with: `flights/` where flights has a model set for each value of a field",
      }),
    ),
  },
  { additionalProperties: false },
);

export type ModelSetPage = Static<typeof ModelSetPage>;
export type ModelSetsQuery = Static<typeof ModelSetsQuery>;
