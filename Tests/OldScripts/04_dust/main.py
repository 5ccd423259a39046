import argparse
import os

import numpy as np

import nsml
from nsml import DATASET_PATH


def bind_model(model):
    def save(path, **kwargs):
        np.save(os.path.join(path, 'weight.npy'), model['weight'])

    def load(path, **kwargs):
        model['weight'] = np.load(os.path.join(path, 'weight.npy'))

    def infer(path, **kwargs):
        return inference(path, model)

    nsml.bind(save=save, load=load, infer=infer)


def inference(path, model):
    if isinstance(path, list):
        x = np.array([[float(v) for v in q.decode().split(',')] for q in path])
    else:
        x = np.load(path)
    return x @ model['weight']


def main(local):
    config = local['config']
    model = {'weight': np.zeros(3)}
    bind_model(model)
    if config.pause:
        nsml.paused(scope=local)
    if config.mode == 'train':
        x = np.load(os.path.join(DATASET_PATH, 'train', 'train_data'))
        y = np.load(os.path.join(DATASET_PATH, 'train', 'train_label'))
        for epoch in range(config.epoch):
            for _ in range(200):
                model['weight'] -= config.lr * x.T @ (x @ model['weight'] - y) / len(y)
            loss = ((x @ model['weight'] - y) ** 2).mean()
            nsml.report(summary=True, scope=local, step=np.int64(epoch), epoch=epoch, epoch_total=config.epoch,
                        train_loss=loss, lr=np.float32(config.lr))
            nsml.save(np.int64(epoch))
    else:
        nsml.infer(os.path.join(DATASET_PATH, 'test', 'test_data'))


if __name__ == '__main__':
    parser = argparse.ArgumentParser()
    parser.add_argument('--epoch', type=int, default=2)
    parser.add_argument('--lr', type=float, default=0.5)
    parser.add_argument('--mode', type=str, default='train')
    parser.add_argument('--pause', type=int, default=0)
    parser.add_argument('--iteration', type=str, default='0')
    config = parser.parse_args()
    main(local=locals())
