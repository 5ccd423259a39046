import argparse
import os

import nsml
from nsml import DATASET_PATH, NSML_NFS_OUTPUT

parser = argparse.ArgumentParser()
parser.add_argument('--save_path', type=str, default='')
args, unknown = parser.parse_known_args()

print('DATASET_PATH', DATASET_PATH)
vox, musan = DATASET_PATH
speakers = open(os.path.join(vox, 'train', 'speakers.csv')).read().splitlines()
print(len(speakers), 'speakers,', os.listdir(os.path.join(musan, 'train', 'noise')))

for path in (vox, '/data/musan_split'):
    try:
        open(os.path.join(path, 'mine'), 'w')
    except OSError as error:
        print('not writable:', error.strerror)


def preprocess(output_path, scale):
    print('preprocessing')
    os.makedirs(output_path[0], exist_ok=True)
    with open(os.path.join(output_path[0], 'x'), 'w') as f:
        f.write(str(len(speakers) * scale))


for _ in range(2):
    nsml.cache(preprocess, output_path=['./processed'], scale=3)


class Net(object):
    def __init__(self, value):
        self.value = value


net = Net(float(open('processed/x').read()))


def save(dir_name, real=False, **kwargs):
    with open(os.path.join(dir_name, 'net'), 'w') as f:
        f.write('%s %s' % (net.value, real))


nsml.bind(save=save, real=True)
nsml.save(0)


def load(dir_name, real=False, **kwargs):
    value, was = open(os.path.join(dir_name, 'net')).read().split()
    nsml.copy(Net(float(value)), net)
    print('loaded', net.value, was, real)


net.value = 0.0
nsml.load(iteration=0, load_fn=load)
with open(os.path.join(NSML_NFS_OUTPUT or '.', 'large.txt'), 'w') as f:
    f.write('result')
nsml.report(step=0, value=net.value)
