import os
import pickle
from argparse import ArgumentParser
from typing import List

import nsml
from nsml import DATASET_PATH, HAS_DATASET, SESSION_NAME


class BaseLine:
    def __init__(self):
        self.models: List[int] = [0]

    def predict(self, rows):
        return [(0.5, int(sum(row['syllable_contents'][0] > m for m in self.models) * 2 > len(self.models))) for row in rows]

    def save_model(self, dirname, **_):
        with open(os.path.join(dirname, 'model.pkl'), 'wb') as f:
            pickle.dump(self.models, f)

    def load_model(self, dirname, **_):
        with open(os.path.join(dirname, 'model.pkl'), 'rb') as f:
            self.models = pickle.load(f)

    def infer(self, raw_data, **kwargs):
        return self.predict(raw_data)


class Trainer:
    def __init__(self, device='cpu'):
        self.task = BaseLine()

    def bind(self):
        nsml.bind(save=self.task.save_model, load=self.task.load_model, infer=self.task.infer)

    def train(self, epochs):
        for epoch in range(epochs):
            self.task.models = [epoch * 2]
            nsml.save(epoch)
            nsml.report(summary=True, scope=locals(), step=epoch, **{'train__loss:': 1 / (epoch + 1)})


if __name__ == '__main__':
    parser = ArgumentParser()
    parser.add_argument('--mode', default='train')
    parser.add_argument('--pause', default=0, type=int)
    parser.add_argument('--iteration', default='0')
    parser.add_argument('--epochs', default=3, type=int)
    parser.add_argument('--ensemble', default='')
    args = parser.parse_args()
    trainer = Trainer()
    trainer.bind()
    if args.pause:
        nsml.paused(scope=locals())
    if args.ensemble:
        members = []
        for session in args.ensemble.split(','):
            for checkpoint in range(args.epochs):
                nsml.load(checkpoint=checkpoint, session=session)
                members += trainer.task.models
        try:
            nsml.load('no-such-checkpoint')
        except KeyError as error:
            print('absent:', error)
        trainer.task.models = members
        nsml.save('ensemble')
        print('ensemble of', len(members), 'in', SESSION_NAME)
        exit()
    trainer.train(args.epochs)
