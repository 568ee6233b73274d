// What an anomaly task says, whatever is true: it can be looked at where no labels come.
//   alarm_rate:  the share of alarms. It comes near 1 - alarm of the target where scores stay alike, and rises where they drift.
//   mean_score:  the mean of the scores

import { isAlarm, scoredOf } from "../alarm.ts";
import { runningMean } from "./running-mean.ts";

const common = { tasks: ["anomaly"], better: "neither", of: "predictions" } as const;

export const alarmRate = runningMean({
  ...common,
  name: "alarm_rate",
  score: () => (_, prediction) => {
    const scored = scoredOf(prediction);
    return scored && Number(isAlarm(scored));
  },
});

export const meanScore = runningMean({
  ...common,
  name: "mean_score",
  score: () => (_, prediction) => scoredOf(prediction)?.score,
});
