"""Customers and their orders."""

from sqlalchemy import Column, ForeignKey, Integer, String
from sqlalchemy.orm import declarative_base, relationship

Base = declarative_base()


class Customer(Base):
    __tablename__ = "customers"

    id = Column(Integer, primary_key=True)
    name = Column(String, unique=True, nullable=False)
    city = Column(String)
    orders = relationship("Order", back_populates="customer", order_by="Order.id")

    def total(self):
        return sum(order.amount for order in self.orders)


class Order(Base):
    __tablename__ = "orders"

    id = Column(Integer, primary_key=True)
    customer_id = Column(Integer, ForeignKey("customers.id"), nullable=False)
    amount = Column(Integer, nullable=False)
    note = Column(String)
    customer = relationship("Customer", back_populates="orders")
