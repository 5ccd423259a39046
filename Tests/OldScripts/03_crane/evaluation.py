def evaluation_metrics(prediction_file, test_label_file):
    prediction = [float(x) for x in open(prediction_file).read().split('\n')]
    label = [float(x) for x in open(test_label_file).read().split('\n')]
    return sum((p > 0.5) == (l > 0.5) for p, l in zip(prediction, label)) / len(label)
