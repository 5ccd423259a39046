import argparse
import os

from data_local_loader import get_data
from data_loader import feed_infer
from evaluation import evaluation_metrics
import nsml
from nsml import DATASET_PATH, DATASET_NAME, SESSION_NAME

TRAIN_DATASET_PATH = os.path.join(DATASET_PATH, 'train')
VAL_DATASET_PATH = None


class Model:
    def __init__(self):
        self.slope, self.shift = 0.0, 0.0

    def __call__(self, row):
        return self.slope * row[0] + self.shift


def _infer(model, root_path, name=None):
    """
    Local inference function for NSML infer.
    Returns a list of predicted values
    """
    if name is None:
        name = 'train_data' if root_path.endswith('train') else 'test_data'
    return [max(0.0, min(1.0, model(row))) for row in get_data(root_path, name)]


def local_eval(model):
    prediction_file = 'pred_train.txt'
    feed_infer(prediction_file, lambda root_path: _infer(model, root_path=root_path))
    return evaluation_metrics(prediction_file, os.path.join(TRAIN_DATASET_PATH, 'train_label'))


def bind_nsml(model):
    def save(dir_name, *args, **kwargs):
        os.makedirs(dir_name, exist_ok=True)
        with open(os.path.join(dir_name, 'model.pt'), 'w') as f:
            f.write('%r %r' % (model.slope, model.shift))
        print('saved')

    def load(dir_name, *args, **kwargs):
        model.slope, model.shift = map(float, open(os.path.join(dir_name, 'model.pt')).read().split())
        print('loaded')

    def infer(root_path, top_k=1):
        return _infer(model, root_path)

    nsml.bind(save=save, load=load, infer=infer)


if __name__ == '__main__':
    args = argparse.ArgumentParser()
    args.add_argument("--train_split", type=float, default=0.9)
    args.add_argument("--num_epochs", type=int, default=3)
    args.add_argument("--eval_split", type=str, default='val')
    # reserved for nsml
    args.add_argument("--mode", type=str, default="train")
    args.add_argument("--iteration", type=str, default='0')
    args.add_argument("--pause", type=int, default=0)
    config = args.parse_args()

    model = Model()
    bind_nsml(model)
    if config.pause:
        nsml.paused(scope=locals())

    # no look at config.mode: a submit session never gets here
    print('data', DATASET_NAME, 'at', DATASET_PATH, 'in', SESSION_NAME)
    rows = get_data(TRAIN_DATASET_PATH, 'train_data')
    labels = [float(x) for x in open(os.path.join(TRAIN_DATASET_PATH, 'train_label')).read().split('\n')]
    for epoch_idx in range(1, config.num_epochs + 1):
        for row, label in zip(rows, labels):
            error = model(row) - label
            model.slope -= 0.1 * error * row[0]
            model.shift -= 0.1 * error
        metric = local_eval(model)
        nsml.report(summary=True, step=epoch_idx, scope=locals(), **{
            "train__Accuracy": metric, "train__Loss": float(error ** 2)})
        nsml.save(str(epoch_idx))
