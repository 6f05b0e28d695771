"""Calls on models of the project, and on what another module has made of a client."""

from poetc import poet
from sqlalchemy import select

from station.tables import Reading, Sensor, db, make_session, weather


@poet()
def a_django_model():
    return Reading.objects.filter(at=1).first()


@poet()
def a_django_write():
    return Reading.objects.create(at=1)


@poet()
def a_flask_model():
    return Sensor.query.filter_by(at=1).first()


@poet()
def a_flask_delete():
    return Sensor.query.filter_by(at=1).delete()


@poet()
def a_flask_session():
    return db.session.execute(select(Sensor)).scalars().all()


@poet()
async def an_old_async_session():
    async with make_session() as session:
        return (await session.execute(select(Sensor))).scalars().all()


@poet()
def a_collection():
    return weather.readings.count_documents({})
