import argparse
import os
import pickle

import nsml
import nsml.constants
from nsml.constants import DATASET_PATH, GPU_NUM, HAS_DATASET, IS_ON_NSML

config = argparse.Namespace()
model = {}


def save(dirname, *args):
    with open(os.path.join(dirname, 'model.pkl'), 'wb') as f:
        pickle.dump(dict(model), f)


def load(dirname, *args):
    model.update(pickle.load(open(os.path.join(dirname, 'model.pkl'), 'rb')))


def infer(sentences, **kwargs):
    if sentences and isinstance(sentences[0], bytes):
        sentences = [s.decode().split() for s in sentences]
    return [(0.0, [model.get(word, '-') for word in sentence]) for sentence in sentences]


nsml.bind(save=save)
nsml.bind(load=load)
nsml.bind(infer=infer)

parser = argparse.ArgumentParser()
parser.add_argument('--mode', type=str, default='train')
parser.add_argument('--pause', type=int, default=0)
parser.add_argument('--checkpoint', type=str, default='0')
parser.add_argument('--iteration', type=str, default='0')
parser.parse_args(namespace=config)
if config.pause:
    nsml.paused()

if config.mode == 'train':
    assert IS_ON_NSML and HAS_DATASET and isinstance(GPU_NUM, int)
    words = open(os.path.join(DATASET_PATH, 'train/train_data')).read().split()
    tags = open(os.path.join(DATASET_PATH, 'train/train_label')).read().split()
    os.makedirs('vocabulary', exist_ok=True)
    open('vocabulary/words.txt', 'w').write('\n'.join(sorted(set(words))))
    for step, share in enumerate((0.3, 1.0)):
        model.update(dict(zip(words[: int(len(words) * share)], tags)))
        scores = {'val__%s/%s/f1' % (name, label): 0.5 for name in ('dev', 'test') for label in ('PER', 'LOC')}
        scores.update({'acc@std': 0.1, 'acc@vector:a': 1, '손실': 0.25, 'a b': 2, 'odd "key"\\': 3})
        nsml.report(summary=True, step=step, scope=locals(), iter=step, iter_total=2, **scores)
        nsml.save(checkpoint='epoch:%d/%s' % (step, '가'))
    nsml.save_folder('vocabulary', 'vocabulary')
