# -*- coding: utf-8 -*-
import argparse
import os
import pickle

import nsml
from nsml import DATASET_PATH, HAS_DATASET, GPU_NUM, IS_ON_NSML


class Regression(object):
    def __init__(self):
        self.weight = {}
        self.bias = 5.0

    def __call__(self, data):
        return [self.bias + sum(self.weight.get(w, 0.0) for w in line.split()) for line in data]


def bind_model(model, config):
    # save model. The argument is a path to a file
    def save(filename, *args):
        with open(filename, 'wb') as f:
            pickle.dump({'weight': model.weight, 'bias': model.bias}, f)

    def load(filename, *args):
        with open(filename, 'rb') as f:
            checkpoint = pickle.load(f)
        model.weight, model.bias = checkpoint['weight'], checkpoint['bias']
        print('Model loaded')

    def infer(raw_data, **kwargs):
        """
        :param raw_data: raw input (a list of str)
        """
        lines = [line.decode('utf-8') if isinstance(line, bytes) else line for line in raw_data]
        point = model(lines)
        return list(zip([0.0] * len(point), point))

    nsml.bind(save=save, load=load, infer=infer)


if __name__ == '__main__':
    args = argparse.ArgumentParser()
    # reserved for nsml
    args.add_argument('--mode', type=str, default='train')
    args.add_argument('--pause', type=int, default=0)
    args.add_argument('--iteration', type=str, default='0')
    # user options
    args.add_argument('--epochs', type=int, default=3)
    args.add_argument('--lr', type=float, default=0.001)
    config = args.parse_args()

    if not HAS_DATASET and not IS_ON_NSML:
        DATASET_PATH = '../sample_data/movie_review/'

    model = Regression()
    if GPU_NUM:
        model = model.cuda()

    bind_model(model, config)
    # DONOTCHANGE: must be called before data is read
    if config.pause:
        nsml.paused(scope=locals())

    if config.mode == 'train':
        with open(os.path.join(DATASET_PATH, 'train', 'train_data'), 'rt', encoding='utf-8') as f:
            reviews = f.readlines()
        with open(os.path.join(DATASET_PATH, 'train', 'train_label')) as f:
            labels = [float(x) for x in f.readlines()]
        for epoch in range(config.epochs):
            avg_loss = 0.0
            for i, (data, label) in enumerate(zip(reviews, labels)):
                prediction = model([data])[0]
                loss = prediction - label
                for w in data.split():
                    model.weight[w] = model.weight.get(w, 0.0) - config.lr * loss
                avg_loss += loss ** 2 / len(labels)
            print('epoch:', epoch, ' train_loss:', float(avg_loss))
            nsml.report(summary=True, scope=locals(), epoch=epoch, epoch_total=config.epochs,
                        train__loss=float(avg_loss), step=epoch)
            nsml.save(epoch)
    elif config.mode == 'test_local':
        with open(os.path.join(DATASET_PATH, 'train/train_data'), 'rt', encoding='utf-8') as f:
            reviews = f.readlines()
        res = nsml.infer(reviews)
        print(res)
