"""Tests that a hub's clinician asked a patient's practice to order, each with an owner until its result has been acted on."""
