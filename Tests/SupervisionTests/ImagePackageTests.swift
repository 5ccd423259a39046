import Testing

@testable import Supervision

@Suite("what the images of old had") struct ImagePackageTests {
    @Test(
        "is found by what a source imports",
        arguments: [
            ("import numpy as np, os\nfrom sklearn.svm import SVC  # why\n", ["numpy", "scikit-learn"]),
            ("def f():\n    import torch; x = 1\n\tfrom PIL import Image", ["pillow", "torch"]),
            ("try:\n    import cv2\nexcept ImportError:\n    import pandas\n", ["pandas"]),
            ("# import numpy\n\"import scipy\"\nfrom . import numpy\nimport mine.numpy\n", []),
            ("import json, argparse\nimport nsml\nfrom nsml import DATASET_PATH", []), ("from keras\nimport", []), ("", []),
        ] as [(String, [String])])
    func imports(_ source: String, _ packages: [String]) {
        #expect(ImagePackages.packages(importedBy: [source], own: []) == packages)
    }

    @Test("is not what the workspace has itself")
    func own() {
        #expect(ImagePackages.packages(importedBy: ["import fire, timm", "import fire"], own: ["timm"]) == ["fire"])
    }
}
