"""Makes the LightGBM models and predictions that LightGBMRankerTests read: python3 make_lightgbm.py (lightgbm 4.7.0).

Each file NAME.txt is a model as LightGBM saves it, NAME.json rows (null: NaN) with LightGBM's own answers.
"""
import json
import os

import lightgbm
import numpy as np

FOLDER = os.path.dirname(os.path.abspath(__file__))
COLUMNS = 6


def rows(random, count, zeros=0.0, missing=0.0):
    values = random.normal(size=(count, COLUMNS)).round(2)
    values[:, 4] = random.integers(0, 70, count)
    values[random.random(values.shape) < zeros] = 0
    values[random.random(values.shape) < missing] = np.nan
    return values.astype(np.float32)


def target(values, random):
    known = np.nan_to_num(values)
    odd = (known[:, 4].astype(int) * 7 % 5) / 4
    return known[:, 0] + known[:, 1] * known[:, 2] + odd + 0.5 * np.isnan(values[:, 3]) + 0.1 * random.normal(size=len(values))


def make(name, parameters, label=lambda y: y, rounds=6, group=None, **data):
    random = np.random.default_rng(7)
    values = rows(random, 600, **data)
    y = label(target(values, random))
    categorical = parameters.pop("categorical", "auto")
    settings = {"verbose": -1, "num_leaves": 6, "min_data_in_leaf": 10, "seed": 1, "num_threads": 1,
                "deterministic": True} | parameters
    train = lightgbm.Dataset(values, y, group=group, categorical_feature=categorical,
                             params={"max_bin": 31, "zero_as_missing": settings.get("zero_as_missing", False)})
    model = lightgbm.train(settings, train, rounds)
    model.save_model(os.path.join(FOLDER, name + ".txt"), importance_type="gain")
    probe = rows(np.random.default_rng(8), 24, zeros=0.1, missing=0.15)
    probe[0] = 0
    probe[1] = np.nan
    probe[2, 4] = 1e6
    probe[3, 4] = -3
    probe[4, 4] = 12.7
    with open(os.path.join(FOLDER, name + ".json"), "w") as file:
        json.dump({
            "rows": [[None if np.isnan(v) else float(v) for v in row] for row in probe],
            "margins": model.predict(probe, raw_score=True).tolist(),
            "predictions": model.predict(probe).tolist(),
            "contributions": np.round(model.predict(probe, pred_contrib=True), 9).tolist(),
        }, file)


make("ranking", {"objective": "lambdarank"}, lambda y: np.clip(np.round(y + 1), 0, 4), group=[20] * 30, missing=0.1)
make("categories", {"objective": "binary", "categorical": [4], "min_data_per_group": 5, "cat_smooth": 1.0,
                    "max_cat_to_onehot": 1}, lambda y: y > 0.5, missing=0.1)
make("zeros", {"objective": "regression", "zero_as_missing": True}, zeros=0.3)
make("counts", {"objective": "poisson", "use_missing": False}, lambda y: np.floor(np.exp(np.clip(y, -2, 2))))
make("forest", {"objective": "regression", "boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.7}, missing=0.1)
make("deep", {"objective": "regression", "num_leaves": 40, "min_data_in_leaf": 1},
     lambda y: np.exp(2.5 * y), rounds=2, missing=0.1)
