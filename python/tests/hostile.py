"""Code that means no good, to be evaluated in a training that must not notice.

What no library can prevent is not here: ``os._exit``, ``os.abort``, deadly signals to the own process, crashes in C
(``ctypes``), limits of the process (``resource``), callbacks of ``sys.monitoring``, closing the descriptors of others, using
up all memory, recursion to the limit that goes on from ``finally`` (it can be neither interrupted nor waited for); nor what
changes the training's own objects on purpose.
"""

AT_SAFE_POINTS = [
    # Ways out
    "exit()", "quit(3)", "raise SystemExit", "import sys; sys.exit(1)", "raise KeyboardInterrupt", "raise BaseException('x')",
    "raise GeneratorExit", "raise StopIteration", "raise MemoryError", "1/0", "nothing", "assert False",
    "try:\n    1/0\nfinally:\n    raise SystemExit",
    "import os, signal; os.kill(os.getpid(), signal.SIGINT)", "import signal; signal.raise_signal(signal.SIGINT)",
    # Recursion
    "def h_f(): return h_f()\nh_f()", "class h_R:\n    def __repr__(self): return repr(self)\nh_R()",
    "h_l = []; h_l.append(h_l); h_l", "h_l = []\nfor _ in range(100000): h_l = [h_l]\nh_l",
    # Sizes
    "'x' * 10**7", "b'x' * 10**7", "'x' * 10**15", "10 ** 100000", "list(range(10**6))", "{i: i for i in range(10**5)}",
    "print('x' * 10**7)", "for _ in range(10**4): print('a line')", "set(range(10**5))",
    # Texts that fail
    "class h_A:\n    def __repr__(self): 1/0\nh_A()", "class h_B:\n    def __repr__(self): return 5\nh_B()",
    "class h_C:\n    def __repr__(self): raise SystemExit\nh_C()", "class h_D:\n    def __repr__(self): exit()\n[h_D()] * 3",
    "class h_E(Exception):\n    def __str__(self): 1/0\nraise h_E",
    "class h_F(Exception):\n    def __str__(self): raise SystemExit\nraise h_F",
    "h_e = ValueError('ring'); h_e.__cause__ = h_e; raise h_e", "raise ValueError('\\ud800\\x1b[2J')", "'\\ud800'",
    "class h_M(type):\n    __repr__ = lambda self: 1/0\n    __name__ = property(lambda self: 1/0)\nclass h_N(metaclass=h_M): pass\nh_N",
    "class h_G:\n    def __repr__(self): h_g.append(h_G()); return ''\nh_g = [h_G()]; h_g",
    "class h_H:\n    __class__ = property(lambda self: exit())\nh_H()",
    "class h_I:\n    def __del__(self): 1/0\nh_I()", "class h_J(dict):\n    def __repr__(self): return 'x' * 10**7\nh_J()",
    "class h_K:\n    def __eq__(self, other): exit()\n    __hash__ = None\nh_K()",
    # What everybody needs
    "import builtins; builtins.print = None", "import builtins; builtins.repr = lambda x: 1/0",
    "import builtins; builtins.len = builtins.isinstance = None", "import builtins; del builtins.Exception",
    "import builtins; builtins.__dict__.clear()", "import builtins; builtins.BaseException = None; raise ValueError",
    "import sys; sys.stdout = None", "import sys; sys.stdout.close(); sys.stderr.close()", "import sys; del sys.stdout",
    "import sys; sys.stderr = sys.stdout = 7; print(1)", "import sys; sys.displayhook = sys.excepthook = None",
    "import sys; sys.setrecursionlimit(200)", "import sys; sys.setswitchinterval(100)",
    "import sys; sys.settrace(lambda *a: 1/0)", "import sys; sys.setprofile(lambda *a: None)",
    "import sys; sys.setprofile(lambda *a: 1/0)", "import sys; sys.settrace(lambda *a: exit())",
    "import threading; threading.settrace(lambda *a: 1/0); threading.setprofile(lambda *a: 1/0)",
    "import sys\nh_s = sys._getframe()\nwhile h_s: h_s.f_trace = lambda *a: 1/0; h_s = h_s.f_back\nsys.settrace(lambda *a: None)",
    "class h_S:\n    def __repr__(self):\n        import sys; sys.settrace(lambda *a: 1/0); return 'h'\nh_S()",
    "import gc; gc.set_threshold(1, 1, 1)", "import gc; gc.callbacks.append(lambda *a: exit())", "import gc; gc.collect()",
    "import sys; sys.modules.clear()", "import sys; sys.modules = {}", "import sys; sys.modules['json'] = None",
    "import sys\nfor h_m in list(sys.modules):\n    if h_m.startswith('nsml'): del sys.modules[h_m]", "import sys; sys.path.clear()",
    "import sys; sys.meta_path.clear(); sys.path_hooks.clear()", "import sys; sys.stdin.read()", "open(0).read()",
    "import sys; sys.__stdout__.close(); sys.__stderr__.close()", "import sys; sys.stdout.buffer.write(b'bytes')",
    "import os; os.close(0); os.close(1); os.close(2)", "import os; h_d = os.open('/dev/null', 1); os.dup2(h_d, 1); os.close(h_d)",
    "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))", "import pdb; pdb.set_trace()",
    "import code; code.interact()", "import pdb; pdb.Pdb().set_trace()", "import threading; threading.excepthook = None",
    # Chance
    "import random; random.random()", "import random; random.seed(0)", "import random; random.shuffle(list(range(1000)))",
    "import random; random.setstate(random.Random(1).getstate())", "import random; random.gauss(0, 1)",
    "class h_U:\n    def __repr__(self):\n        import random; return str(random.gauss(0, 1))\nh_U()",
    "import gc; gc.disable()", "import os; os.chdir('/')", "import warnings; warnings.simplefilter('error')",
    "import signal; signal.setitimer(signal.ITIMER_REAL, 9)", "import signal; signal.alarm(9)",
    "import signal\nfor h_n in (1, 2, 10, 12, 14, 15): signal.signal(h_n, lambda *a: exit())",
    "import signal\nsignal.signal(signal.SIGALRM, lambda *a: 1/0); signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)\n"
    "while True: pass",
    # Threads and processes
    "import threading; threading.Thread(target=lambda: 1/0).start()",
    "import threading; [threading.Thread(target=print, args=('x',), daemon=True).start() for _ in range(50)]",
    "import threading; h_o = threading.Lock(); h_o.acquire(); threading.Thread(target=h_o.acquire, daemon=True).start()",
    "import os; h_p = os.fork()", "import os\nif not os.fork(): raise SystemExit(7)", "import _thread; _thread.exit()",
    # No code at all
    "(", "\x00", "def", "1+" * 20000 + "1", "(" * 500, "-" * 20000 + "1", "x = \udc80", "\t1\n 2", "return 5", "await x",
    "yield", "break", "", "#", "\n" * 10000, "lambda: (yield)", "class h_L: exit()", "from nsml.nowhere import x",
    "async def h_q(): exit()\nh_q()", "eval('exit()')", "exec('raise SystemExit')", "__import__('nowhere')",
    # Round about
    "import nsml; nsml.report()", "import nsml; nsml.paused()", "import nsml; nsml.action('h', exit)", "input()", "breakpoint()",
    "import random; random.Random(1).random()", "[exit() for _ in range(3)]", "next(exit() for _ in range(3))",
    "import contextlib\nwith contextlib.suppress(BaseException): exit()", "h_t = 1; h_t += exit()", "del h_never",
    "import sys; sys._getframe(0).f_trace = 5", "import traceback; traceback.print_stack()", "locals(), vars(), dir()",
    "def h_u():\n    try:\n        yield 1\n    finally:\n        exit()\nnext(h_u())",
]  # fmt: skip

ENDLESS = [
    "while True: pass",
    "import time; time.sleep(10**6)",
    "import threading; threading.Event().wait()",
    "import threading; h_v = threading.Lock(); h_v.acquire(); h_v.acquire()",
    "class h_W:\n    def __repr__(self):\n        while True: pass\nh_W()",
    "while True:\n  try:\n    while True: pass\n  except BaseException: pass",
    "import itertools; list(1 for _ in itertools.repeat(1) if 0)",
    "import signal\nfor h_n in range(1, 65):\n  try: signal.signal(h_n, signal.SIG_DFL)\n  except Exception: pass\nwhile True: pass",
    "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\nwhile True: pass",
    "class h_X:\n    def __repr__(self):\n        while True:\n            try:\n                while True: pass\n"
    "            except BaseException: pass\nh_X()",
]

AT_ONCE = [
    "exit()", "1/0", "raise KeyboardInterrupt", "def h_f(): return h_f()\nh_f()", "'x' * 10**7", "import _thread; _thread.exit()",
    "class h_R:\n    def __repr__(self): return repr(self)\nh_R()", "import threading; threading.Thread(target=exit).start()",
    "import sys; sys.settrace(lambda *a: 1/0)", "import sys; sys.setprofile(lambda *a: 1/0)", "input()", "breakpoint()",
    "import threading; threading.settrace(lambda *a: 1/0)", "import sys; sys.stdout = None", "import sys; sys.stdout.close()",
    "import sys; sys.setrecursionlimit(200)", "import sys; sys.setswitchinterval(100)", "import sys; sys.excepthook = None",
    "class h_A:\n    def __repr__(self): exit()\nh_A()", "print('x' * 10**6)", "raise BaseException('x')", "(", "del h_never",
]  # fmt: skip
