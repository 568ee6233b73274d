"""FastAPI and River: what one writes by hand in Python for synchronous predictions. It learns the flights of a file, then answers.

    fastapi_river.py <file> <port>

One process, one worker, the event loop and the HTTP parser in C, no access log. The record is checked by its types; features and model are
those of the flights pipeline's linear model."""

import json
import math
import sys
from datetime import datetime

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from river import compose, linear_model, optim, preprocessing

NUMBERS = ["distance", "hour_sin", "hour_cos", "weekday_sin", "weekday_cos"]


class Flight(BaseModel):
    date: datetime
    distance: float
    origin: str
    destination: str
    delay: float | None = None


class Answer(BaseModel):
    prediction: float


def features(flight):
    hour = 2 * math.pi * flight.date.hour / 24
    weekday = 2 * math.pi * flight.date.weekday() / 7
    return {
        "distance": flight.distance,
        "hour_sin": math.sin(hour),
        "hour_cos": math.cos(hour),
        "weekday_sin": math.sin(weekday),
        "weekday_cos": math.cos(weekday),
        f"origin_{flight.origin}": 1,
    }


scaled = compose.Select(*NUMBERS) | preprocessing.StandardScaler()
linear = linear_model.LinearRegression(optim.AdaGrad(0.5), optim.losses.Huber(5), intercept_lr=0.01)
model = (scaled + compose.Discard(*NUMBERS)) | linear
with open(sys.argv[1]) as file:
    for record in json.load(file):
        flight = Flight(**record)
        model.learn_one(features(flight), flight.delay)

app = FastAPI()


@app.post("/infer")
async def infer(flight: Flight) -> Answer:
    return Answer(prediction=model.predict_one(features(flight)))


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), loop="uvloop", http="httptools", access_log=False)
