from pathlib import Path

import nsml
from fire import Fire
from nsml import DATASET_PATH

from spam.spam_classifier.models import BasicModel


def train(experiment_name: str = 'v1', pause: bool = False, mode: str = 'train', iteration: str = '0', threshold: int = 80):
    model = BasicModel(experiment_name)
    print('Training model', experiment_name)
    nsml.bind(save=model.save, load=model.load, infer=lambda root_path, **kwargs: model.infer(Path(root_path)))
    if pause:
        nsml.paused()
    if mode == 'train':
        model.train(Path(DATASET_PATH) / 'train', threshold)
        nsml.report(summary=True, step=0, val__f1=model.score, loss=float('nan'))
        nsml.save(checkpoint='best')


if __name__ == '__main__':
    Fire(train)
