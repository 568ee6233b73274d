"""River's side of learners.ts: the same examples, learned and predicted by the same chain, median CPU times of a pass."""

import json
import statistics
import sys
import time

from river import ensemble, forest, linear_model, naive_bayes, preprocessing, tree

PASSES = 3


def scaled(learner):
    return preprocessing.StandardScaler() | learner


LEARNERS = {
    "linear-regression": lambda: scaled(linear_model.LinearRegression()),
    "passive-aggressive-regressor": lambda: scaled(linear_model.PARegressor()),
    "bayesian-linear-regression": lambda: scaled(linear_model.BayesianLinearRegression()),
    "logistic-regression": lambda: scaled(linear_model.LogisticRegression()),
    "perceptron": lambda: scaled(linear_model.Perceptron()),
    "passive-aggressive-classifier": lambda: scaled(linear_model.PAClassifier()),
    "softmax-regression": lambda: scaled(linear_model.SoftmaxRegression()),
    "gaussian-naive-bayes": naive_bayes.GaussianNB,
    "hoeffding-tree-classifier": tree.HoeffdingTreeClassifier,
    "hoeffding-tree-regressor": lambda: tree.HoeffdingTreeRegressor(leaf_prediction="mean"),
    "hoeffding-adaptive-tree-classifier": lambda: tree.HoeffdingAdaptiveTreeClassifier(seed=1),
    "adaptive-random-forest-classifier": lambda: forest.ARFClassifier(seed=1),
    "adaptive-random-forest-regressor": lambda: scaled(forest.ARFRegressor(seed=1)),
    "adwin-bagging-classifier": lambda: ensemble.ADWINBaggingClassifier(tree.HoeffdingTreeClassifier(), seed=1),
}


def prediction(model, x, y):
    if isinstance(y, bool):
        return model.predict_proba_one(x)[True]
    return model.predict_proba_one(x) if isinstance(y, str) else model.predict_one(x)


with open(sys.argv[1]) as file:
    rows = [(row["x"], row["y"]) for row in json.load(file)]

learn, predict = [], []
for _ in range(PASSES):
    model = LEARNERS[sys.argv[2]]()
    start = time.process_time()
    for x, y in rows:
        model.learn_one(x, y)
    between = time.process_time()
    for x, y in rows:
        prediction(model, x, y)
    end = time.process_time()
    learn.append((between - start) / len(rows) * 1e6)
    predict.append((end - between) / len(rows) * 1e6)
said = prediction(model, *rows[0])
said = {name: float(share) for name, share in said.items()} if isinstance(said, dict) else float(said)
print(json.dumps({"learn": statistics.median(learn), "predict": statistics.median(predict), "prediction": said}))
