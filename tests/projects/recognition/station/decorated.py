"""Clients of classes, and calls of functions, that the project decorates."""

import requests
from poetc import poet

from station.marks import another, entered, handed_on, itself, named, patched, stable


@stable
class Stable:
    def __init__(self):
        self.session = requests.Session()

    @poet()
    def read(self, url):
        return self.session.get(url)


@entered
class Entered:
    def __init__(self):
        self.session = requests.Session()

    @poet()
    def read(self, url):
        return self.session.get(url)


@named("at")
class Named:
    def __init__(self):
        self.session = requests.Session()

    @poet()
    def read(self, url):
        return self.session.get(url)


@named
class Uncalled:
    def __init__(self):
        self.session = requests.Session()

    @poet()
    def read(self, url):
        return self.session.get(url)


@stable()
class Called:
    def __init__(self):
        self.session = requests.Session()

    @poet()
    def read(self, url):
        return self.session.get(url)


@patched
class Patched:
    def __init__(self):
        self.session = requests.Session()

    @poet()
    def read(self, url):
        return self.session.get(url)


@handed_on
class HandedOn:
    def __init__(self):
        self.session = requests.Session()

    @poet()
    def read(self, url):
        return self.session.get(url)


@another
class Another:
    def __init__(self):
        self.session = requests.Session()

    @poet()
    def read(self, url):
        return self.session.get(url)


@itself
class Itself:
    def __init__(self):
        self.session = requests.Session()

    @poet()
    def read(self, url):
        return self.session.get(url)


@stable
def session():
    return requests.Session()


@another
def other_session():
    return requests.Session()


@poet()
def of_a_function(url):
    return session().get(url)


@poet()
def of_another_function(url):
    return other_session().get(url)
