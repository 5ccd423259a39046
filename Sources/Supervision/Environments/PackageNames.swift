/// The package that brings a module, where their names differ.
enum PackageNames {
    private static let packages = [
        "cv2": "opencv-python-headless", "sklearn": "scikit-learn", "skimage": "scikit-image", "PIL": "pillow", "yaml": "pyyaml",
        "bs4": "beautifulsoup4", "dateutil": "python-dateutil", "dotenv": "python-dotenv", "attr": "attrs", "google.protobuf": "protobuf",
        "Crypto": "pycryptodome", "serial": "pyserial", "usb": "pyusb", "git": "gitpython", "jwt": "pyjwt", "OpenSSL": "pyopenssl",
        "MySQLdb": "mysqlclient", "psycopg2": "psycopg2-binary", "zmq": "pyzmq", "fitz": "pymupdf", "docx": "python-docx",
        "pptx": "python-pptx", "Levenshtein": "levenshtein", "faiss": "faiss-cpu", "umap": "umap-learn", "hydra": "hydra-core",
        "tensorflow_addons": "tensorflow-addons", "pytorch_lightning": "pytorch-lightning", "timm": "timm", "MeCab": "mecab-python3",
        "pkg_resources": "setuptools", "distutils": "setuptools", "lightning_fabric": "lightning", "soundfile": "soundfile",
        "konlpy": "konlpy", "slugify": "python-slugify", "magic": "python-magic", "lxml": "lxml", "mpl_toolkits": "matplotlib",
        "pylab": "matplotlib", "Bio": "biopython", "rdkit": "rdkit", "xgboost": "xgboost", "catboost": "catboost",
        "albumentations":
            "albumentations", "IPython": "ipython", "ruamel": "ruamel.yaml", "pywt": "pywavelets", "igraph": "python-igraph",
    ]

    /// - Parameter module: as the message names it, `sklearn.linear_model`.
    static func package(forModule module: some StringProtocol) -> String {
        let top = module.split(whereSeparator: { $0 == "." }).first.map { String($0) } ?? String(module)
        return packages[String(module)] ?? packages[top] ?? Requirements.normalName(top)
    }
}
