#nsml: nsml/ml:cuda9.0-cudnn7-tf-1.11torch1.0keras2.2
from setuptools import setup

setup(name='dust', version='0.1', install_requires=['numpy'])
