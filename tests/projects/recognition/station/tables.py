"""Models and makers of sessions, which other modules use."""

from django.db import models
from flask_sqlalchemy import SQLAlchemy
from pymongo import MongoClient
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import sessionmaker

db = SQLAlchemy()
make_session = sessionmaker(create_async_engine("sqlite+aiosqlite://"), class_=AsyncSession, expire_on_commit=False)
weather = MongoClient("mongodb://db")["weather"]


class Reading(models.Model):
    at = models.IntegerField()


class Sensor(db.Model):
    pass
