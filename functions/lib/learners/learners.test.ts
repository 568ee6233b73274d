import { learnerTypes } from "./index.ts";
import { learnerContract } from "./learner.contract.ts";

for (const type of Object.values(learnerTypes)) learnerContract(type);
