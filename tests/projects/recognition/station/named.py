"""Clients that a name stands for: modules, globals, imports, locals."""

import requests
import requests as rq
from poetc import poet

import station
from station import exported, links
from station.links import cache, fixed, patient, store, told, web
from station.links import web as renamed

OWN = requests.Session()
ONE, OTHER = requests.Session(), requests.Session()
TABLE = {"web": requests.Session()}


@poet()
def a_module(url: str):
    return requests.get(url)


@poet()
def a_module_renamed(url: str):
    return rq.head(url)


@poet()
def a_module_imported_inside(url: str):
    import httpx

    return httpx.get(url)


@poet()
def a_function_imported_inside(url: str):
    from requests import get

    return get(url)


@poet()
def a_global(url: str):
    return OWN.get(url)


@poet()
def a_global_of_several(url: str):
    return OTHER.get(url)


@poet()
def a_global_defined_below(url: str):
    return BELOW.put(url)


BELOW = requests.Session()


@poet()
def imported(url: str):
    return web.get(url)


@poet()
def imported_renamed(url: str):
    return renamed.get(url)


@poet()
def imported_of_its_module(url: str):
    return links.web.get(url)


@poet()
def imported_by_its_whole_name(url: str):
    return station.links.web.get(url)


@poet()
def imported_inside(url: str):
    from station.links import web as here

    return here.get(url)


@poet()
def re_exported(url: str):
    return station.web.delete(url)


@poet()
def re_exported_subclass(url: str):
    return exported.get(url)


@poet()
def imported_final(url: str):
    return fixed.get(url)


@poet()
def imported_annotated(url: str):
    return told.get(url)


@poet()
def imported_subclass(url: str):
    return patient.get(url)


@poet()
def imported_store():
    return store.list_buckets()


@poet()
def imported_cache(key: str):
    return cache.get(key)


@poet()
def a_local(url: str):
    session = requests.Session()
    session.headers["A"] = "b"
    return session.get(url)


@poet()
def a_local_entered(url: str):
    with requests.Session() as session:
        return session.get(url)


@poet()
def a_local_closing(url: str):
    from contextlib import closing

    with closing(requests.Session()) as session:
        return session.get(url)


@poet()
def a_local_alias(url: str):
    fetch = requests.get
    return fetch(url)


@poet()
def a_bound_method(url: str):
    fetch = web.get
    return fetch(url)


@poet()
def a_local_in_branches(url: str, safe: bool):
    import httpx

    if safe:
        client = httpx.Client(verify=True)
    else:
        client = httpx.Client(verify=False)
    return client.get(url)


@poet()
def a_local_chosen(url: str, safe: bool):
    import httpx

    client = httpx.Client() if safe else httpx.Client(verify=False)
    return client.get(url)


@poet()
def a_local_of_two_classes(url: str, pooled: bool):
    import httpx

    client = httpx.Client() if pooled else httpx
    return client.post(url)


@poet()
def a_walrus(url: str):
    if (reply := requests.get(url)).ok:
        return reply
    return None


@poet()
def a_method_in_lower_case(url: str):
    return requests.request("get", url)


@poet()
def a_method_in_a_constant(url: str):
    return requests.request(METHOD, url)


METHOD = "PUT"


@poet()
def out_of_a_table(url: str):
    return TABLE["web"].get(url)
