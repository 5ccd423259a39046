#nsml: nsml/default_ml:latest
from setuptools import setup, find_packages
requirements = []
setup(name="logger", packages=find_packages(), install_requires=requirements)
