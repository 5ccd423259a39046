/// What the images of the first NSML brought along, as far as a workspace imports it.
///
/// Scripts name an image in a first line `#nsml: IMAGE` and import its packages without listing them anywhere. Where no container
/// engine is, such a script gets the packages that it imports and that those images had, in their newest versions.
enum ImagePackages {
    /// Top-level modules of packages that were in the images for machine learning.
    private static let modules: Set<String> = [
        "numpy", "scipy", "pandas", "sklearn", "torch", "torchvision", "torchtext", "torchaudio", "tensorflow", "keras", "matplotlib",
        "seaborn", "PIL", "cv2", "skimage", "tqdm", "nltk", "gensim", "konlpy", "soynlp", "h5py", "yaml", "six", "requests", "joblib",
        "fire", "visdom", "tensorboardX", "tensorboard", "imgaug", "albumentations", "librosa", "soundfile", "python_speech_features",
        "Levenshtein", "xgboost", "lightgbm", "catboost", "pytorch_lightning", "transformers", "sentencepiece", "networkx", "faiss",
        "efficientnet_pytorch", "timm", "easydict", "attrdict", "prettytable", "termcolor", "dill", "cloudpickle", "psutil", "sympy",
        "statsmodels", "editdistance", "jiwer", "rouge", "sacrebleu", "pycocotools", "terminaltables", "IPython",
    ]

    /// The packages for what these sources import, sorted. `own` are the top-level names that the workspace itself has.
    static func packages(importedBy sources: some Sequence<String>, own: Set<String>) -> [String] {
        var found: Set<String> = []
        for source in sources {
            for module in imports(in: source) where modules.contains(module) && !own.contains(module) {
                found.insert(PackageNames.package(forModule: module))
            }
        }
        return found.sorted()
    }

    /// The top-level names of the modules that a source imports. What is imported right behind a `try:` is optional, and left out.
    static func imports(in source: String) -> Set<String> {
        var found: Set<String> = []
        var previous: Substring = ""
        for raw in source.split(whereSeparator: \.isNewline) {
            let line = raw.drop { $0 == " " || $0 == "\t" }
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            defer { previous = line }
            guard !previous.hasPrefix("try:") else { continue }
            if line.hasPrefix("import ") {
                let list = line.dropFirst(7).prefix { $0 != "#" && $0 != ";" }
                for item in list.split(separator: ",") { found.formUnion(top(of: item)) }
            } else if line.hasPrefix("from "), line.contains(" import ") {
                found.formUnion(top(of: line.dropFirst(5)))
            }
        }
        return found
    }

    private static func top(of item: Substring) -> [String] {
        let name = item.drop { $0 == " " }.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        return name.isEmpty ? [] : [String(name)]
    }
}
