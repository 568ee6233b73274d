import { hostileNumbersContract } from "./hostile-numbers.contract.ts";
import { learnerTypes } from "./index.ts";
import { learnerContract } from "./learner.contract.ts";
import { stateContract } from "./state-form.contract.ts";

for (const type of Object.values(learnerTypes)) {
  learnerContract(type);
  stateContract(type);
  hostileNumbersContract(type);
}
