import API
import Testing

@testable import Platform

/// A script in one of the styles that people write, and what is added to start it again.
struct ScriptStyle: Sendable, CustomTestStringConvertible {
    var name: String
    var files: [String: String]
    var given: [String] = []
    /// For a fork from the checkpoint `best`, for one from `7`, for questions, for a submission.
    var fork: [String] = []
    var number: [String] = []
    var infer: [String] = []
    var submit: [String] = []

    var testDescription: String { name }

    static let fork = ["--pause", "1", "--iteration", "best"]
    static let number = ["--pause", "1", "--iteration", "7"]
    static let infer = ["--mode", "infer", "--pause", "1"]
    static let submit = ["--mode", "test", "--pause", "1"]

    /// One that takes everything.
    static func full(_ name: String, _ files: [String: String]) -> ScriptStyle {
        ScriptStyle(name: name, files: files, fork: fork, number: number, infer: infer, submit: submit)
    }

    static func full(_ name: String, _ main: String) -> ScriptStyle { full(name, ["main.py": main]) }

    /// One that takes nothing.
    static func none(_ name: String, _ main: String) -> ScriptStyle { ScriptStyle(name: name, files: ["main.py": main]) }

    static let historic = """
        import argparse
        parser = argparse.ArgumentParser()
        parser.add_argument('--mode', type=str, default='train')
        parser.add_argument('--pause', type=int, default=0)
        parser.add_argument("--iteration", type=str, default='0')
        config = parser.parse_args()
        """
}

@Suite("which arguments are added to start a script again")
struct RerunTests {
    static let styles: [ScriptStyle] = [
        .full("argparse, as the examples of 2018 had it", ScriptStyle.historic),
        .full(
            "argparse in a function of another file",
            [
                "main.py": "from utils.options import get_config\nconfig = get_config()",
                "utils/__init__.py": "", "utils/options.py": ScriptStyle.historic,
            ]),
        .full(
            "argparse in a file of a package, imported relatively",
            [
                "main.py": "import project.train as train\ntrain.main()", "project/__init__.py": "",
                "project/train.py": "from . import options", "project/options.py": ScriptStyle.historic,
            ]),
        .full(
            "argparse in a script that the entry runs",
            [
                "main.py": "import subprocess, sys\nsubprocess.run(['python', 'train.py'] + sys.argv[1:])",
                "train.py": ScriptStyle.historic,
            ]),
        .full(
            "a module imported by a name that is computed",
            [
                "main.py": "import importlib\nimportlib.import_module('models.' + 'x')", "models/x.py": ScriptStyle.historic,
            ]),
        .full("parse_known_args", ScriptStyle.historic.replacing("parse_args", with: "parse_known_args")),
        .full(
            "argparse over several lines, with comments between",
            """
            p.add_argument(  # how
                "-m", "--mode", default="train", help="train, test or infer")
            p.add_argument(
                '--pause',
                default=0, type=int)
            p.add_argument('--iteration', default='0')
            """),
        .full(
            "options from a dictionary of defaults",
            """
            defaults = {'mode': 'train', 'pause': 0, 'iteration': '0', 'lr': 0.1}
            for key, value in defaults.items():
                parser.add_argument('--' + key, default=value, type=type(value))
            """),
        .full(
            "options from keywords, by a formatted name",
            """
            defaults = dict(mode='train', pause=0, iteration='0')
            for key in defaults: parser.add_argument(f"--{key}")
            """),
        .full(
            "absl",
            """
            from absl import app, flags
            flags.DEFINE_string('mode', 'train', 'what to do')
            flags.DEFINE_integer("pause", 0, 'wait')
            flags.DEFINE_string('iteration', '0', '')
            """),
        .full(
            "click",
            """
            import click
            @click.command()
            @click.option('--mode', default='train')
            @click.option('--pause', default=0)
            @click.option('--iteration', default='0')
            def main(mode, pause, iteration): pass
            """),
        .full(
            "python-fire, with the function's parameters",
            """
            from fire import Fire
            def train(lr=0.1, mode='train', pause=0, iteration='0'): pass
            if __name__ == '__main__': Fire(train)
            """),
        .full(
            "python-fire, with a function of another file that takes what it gets",
            [
                "main.py": "import fire\nfrom nsml_train import train\nfire.Fire(train)",
                "nsml_train.py": "def train(lr: float = 0.1, **kwargs):\n  pass",
            ]),
        .full(
            "python-fire, with a class",
            """
            import fire
            class Trainer(object):
                def __init__(self, mode: str = "train", pause: int = 0, iteration: str = "0"): pass
                def train(self, lr): pass
            fire.Fire(Trainer)
            """),
        .full(
            "typer",
            """
            import typer
            def main(lr: float = typer.Option(0.1, help="a, b"), mode: str = "train", pause: int = 0, iteration: str = "0"): pass
            typer.run(main)
            """),
        .full(
            "a data class for the parser of Hugging Face",
            """
            from transformers import HfArgumentParser
            @dataclass
            class Arguments:
                mode: str = field(default="train")
                pause: int = 0
                iteration: str = "0"
            """),
        .full(
            "sys.argv by hand",
            """
            import sys
            def option(name, default):
                return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else default
            mode, pause, iteration = option('--mode', 'train'), option('--pause', 0), option('--iteration', '0')
            """),
        .full("getopt", "import getopt, sys\noptions, rest = getopt.getopt(sys.argv[1:], 'm:', ['mode=', 'pause=', 'iteration='])"),
        .full("docopt", "'''Usage: main.py [--mode=M] [--pause=N] [--iteration=CKPT]\n'''\nfrom docopt import docopt\ndocopt(__doc__)"),
        .none("no arguments at all", "import nsml\nnsml.bind(save=save, load=load)\nnsml.paused()"),
        .none("names only in comments", "# parser.add_argument('--mode'); '--pause' and '--iteration' are not taken\nprint(1)"),
        .none(
            "names only in a text",
            "\"\"\"Run it with --mode train, --pause 1 or '--iteration 3'.\"\"\"\nprint('--mode is gone, --pause too')"),
        .none(
            "names that only begin so",
            "parser.add_argument('--model')\nparser.add_argument('--pause_at')\nparser.add_argument('--iterations')"),
        .none(
            "python-fire without the parameters",
            "import fire\ndef train(lr=0.1): pass\ndef other(pause, mode, iteration): pass\nfire.Fire(train)"),
        .none("a function's parameters without a parser of them", "def train(mode, pause=0, iteration='0'): pass"),
        ScriptStyle(
            name: "argparse in a file that is not imported", files: ["main.py": "print('hello')", "tools/old.py": ScriptStyle.historic]),
        ScriptStyle(
            name: "a mode of the user's own", files: ["main.py": "parser.add_argument('--mode', default='bilinear')"]),
        ScriptStyle(
            name: "a mode without a pause that knows the word infer",
            files: ["main.py": "parser.add_argument('--mode')\nif args.mode == 'infer': answer()"], infer: ["--mode", "infer"]),
        ScriptStyle(
            name: "a mode that takes no questions",
            files: ["main.py": "p.add_argument('--mode', choices=['train', 'test'])\np.add_argument('--pause')"],
            fork: ["--pause", "1"], number: ["--pause", "1"], infer: ["--pause", "1"], submit: ScriptStyle.submit),
        ScriptStyle(
            name: "click's choice of modes", files: ["main.py": "@click.option('--mode', type=click.Choice(['train', 'infer']))"],
            infer: ["--mode", "infer"]),
        ScriptStyle(
            name: "no iteration, as five of the known scripts",
            files: ["main.py": "p.add_argument('--mode')\np.add_argument('--pause', type=int)"],
            fork: ["--pause", "1"], number: ["--pause", "1"], infer: ScriptStyle.infer, submit: ScriptStyle.submit),
        ScriptStyle(
            name: "an iteration that is a number",
            files: ["main.py": ScriptStyle.historic.replacing("\"--iteration\", type=str", with: "\"--iteration\", type=int")],
            fork: ["--pause", "1"], number: ScriptStyle.number, infer: ScriptStyle.infer, submit: ScriptStyle.submit),
        ScriptStyle(
            name: "the checkpoint under its other name",
            files: ["main.py": ScriptStyle.historic.replacing("--iteration", with: "--checkpoint")],
            fork: ["--pause", "1", "--checkpoint", "best"], number: ["--pause", "1", "--checkpoint", "7"], infer: ScriptStyle.infer,
            submit: ScriptStyle.submit),
        ScriptStyle(
            name: "a checkpoint that the user gave",
            files: ["main.py": ScriptStyle.historic.replacing("--iteration", with: "--checkpoint")],
            given: ["--checkpoint", "vgg.pth"], fork: ["--pause", "1"], number: ["--pause", "1"], infer: ScriptStyle.infer,
            submit: ScriptStyle.submit),
        ScriptStyle(name: "a checkpoint of the user's own", files: ["main.py": "p.add_argument('--checkpoint', help='a file')"]),
        ScriptStyle(
            name: "a pause that is a switch", files: ["main.py": "p.add_argument('--pause', action='store_true')"],
            fork: ["--pause"], number: ["--pause"], infer: ["--pause"], submit: ["--pause"]),
        ScriptStyle(
            name: "a switch of click", files: ["main.py": "@click.option('--pause/--no-pause', default=False)"],
            fork: ["--pause"], number: ["--pause"], infer: ["--pause"], submit: ["--pause"]),
        ScriptStyle(
            name: "a switch of absl", files: ["main.py": "flags.DEFINE_boolean('pause', False, '')"],
            fork: ["--pause"], number: ["--pause"], infer: ["--pause"], submit: ["--pause"]),
        ScriptStyle(
            name: "a list of modes of absl", files: ["main.py": "flags.DEFINE_enum('mode', 'train', ['train', 'infer'], '')"],
            infer: ["--mode", "infer"]),
        ScriptStyle(
            name: "a source with a fault, and one that is not text",
            files: ["main.py": "x = 'open\np.add_argument('--pause')\n((((", "b.py": "\u{0}\u{FFFD}"],
            fork: ["--pause", "1"], number: ["--pause", "1"], infer: ["--pause", "1"], submit: ["--pause", "1"]),
    ]

    @Test("each style gets what it takes", arguments: styles)
    func style(_ style: ScriptStyle) throws {
        func added(_ purpose: Rerun.Purpose) -> [String] {
            Rerun.arguments(for: purpose, entry: "main.py", given: style.given, sources: style.files)
        }
        let (best, seven) = (try CheckpointName(parsing: "best"), try CheckpointName(parsing: "7"))
        for purpose in [Rerun.Purpose.fork(best), .resume(best), .reproduce(best)] { #expect(added(purpose) == style.fork, "\(purpose)") }
        #expect(added(.fork(seven)) == style.number)
        #expect(added(.infer) == style.infer)
        #expect(added(.submit) == style.submit)
        #expect(added(.fork(nil)) == [])
        #expect(added(.reproduce(nil)) == [])
    }

    @Test("a checkpoint whose name begins like an option is given in one word")
    func dashes() throws {
        let purpose = Rerun.Purpose.resume(try CheckpointName(parsing: "-1 best"))
        let sources = ["a/run.py": ScriptStyle.historic]
        #expect(Rerun.arguments(for: purpose, entry: "a/run.py", given: [], sources: sources) == ["--pause", "1", "--iteration=-1 best"])
        #expect(Rerun.arguments(for: purpose, entry: "gone.py", given: [], sources: sources) == [])
    }

    @Test("what is added stands last, but before what is no option")
    func line() {
        #expect(ArgumentLine.joined(given: ["--lr", "1"], added: ["--pause", "1"]) == ["--lr", "1", "--pause", "1"])
        #expect(ArgumentLine.joined(given: ["a", "--", "b"], added: ["--pause", "1"]) == ["a", "--pause", "1", "--", "b"])
    }

    @Test("a source that was made to be slow to read is read soon")
    func hostile() {
        let text = "import argparse\n" + String(repeating: "add_argument(\"--iteration\", choices=[", count: 20_000)
        _ = Rerun.arguments(for: .infer, entry: "main.py", given: [], sources: ["main.py": text])
    }
}
