import os


def get_data(root, name):
    with open(os.path.join(root, name)) as f:
        return [[float(x) for x in line.split(',')] for line in f.read().split('\n')]
