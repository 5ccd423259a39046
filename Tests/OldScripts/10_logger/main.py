import os
import sys

import nsml
from nsml import DATASET_PATH, IS_DATASET, IS_ON_NSML, Visdom, decoder, encoder

print(sys.argv, os.getcwd(), os.path.abspath(__file__), DATASET_PATH)
print(sorted(os.listdir('.')), os.environ.get('NSML_DATASET_PATH'), os.environ['HOME'], os.environ.get('USER'))


class Logger(object):
    def __init__(self, log_dir):
        os.makedirs(log_dir, exist_ok=True)
        self.last = None
        self.viz = Visdom(visdom=None, use_incoming_socket=False)

    def scalar_summary(self, tag, value, step, scope=None):
        if self.last and self.last['step'] != step:
            nsml.report(**self.last, scope=scope)
            self.last = None
        if self.last is None:
            self.last = {'step': step, 'iter': step, 'epoch': 1}
        self.last[tag] = value

    def images_summary(self, tag, images, step):
        self.viz.images(images, opts=dict(title='%s/%d' % (tag, step), caption='%s/%d' % (tag, step)))


class Perceptron(object):
    def __init__(self):
        self.weight = [0.0, 0.0]

    def forward(self, x):
        return sum(w * v for w, v in zip(self.weight, x))


perceptron = Perceptron()
optimizer = {'lr': 0.1, 'steps': 0}


def infer(x, **kwargs):
    rows = [[float(v) for v in row.decode().split(',')] if isinstance(row, bytes) else row for row in x]
    return [(0.0, int(perceptron.forward(row) > 0)) for row in rows]


nsml.bind(model=perceptron, optimizer=optimizer)
nsml.bind(infer=infer)
nsml.paused(scope=locals())

logger = Logger('./logs')
assert IS_DATASET and IS_ON_NSML
with open(os.path.join(DATASET_PATH, 'train', 'train_data')) as f:
    rows = [[float(v) for v in line.split(',')] for line in f]
for step in range(3):
    for row in rows:
        error = row[2] - (perceptron.forward(row[:2]) > 0)
        perceptron.weight = [w + optimizer['lr'] * error * v for w, v in zip(perceptron.weight, row)]
    optimizer['steps'] += 1
    logger.scalar_summary('loss', abs(error), step, scope=locals())
    logger.scalar_summary('accuracy', 1 - abs(error), step, scope=locals())
    logger.images_summary('input', [], step)
    with open('logs/train.log', 'a') as f:
        f.write('step %d\n' % step)
    sys.stderr.write('\rstep %d' % step)
    nsml.save(step)
nsml.report(step=optimizer['steps'], loss=0.0, weight='text')
