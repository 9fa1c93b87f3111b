/*
title: Actors
summary: >-
  The agents most talked of, those with most neighbours first: how many statements name them at either end, how many
  other nodes these join them to, and how many sources they come from. The quote is that of the first statement by id.
parameters:
  type: {type: word, of: Agent, description: Only agents of this class or of one below it., example: Country}
  valid_on:
  known_on:
columns:
  neighbours: rank, How many other nodes statements join it to.
  statements: rank, How many statements.
  agent: id, The agent.
  denied: integer, How many of the statements say that it is not so.
  hedged: integer, How many of them are not asserted but possible or feared or so.
  sources: integer, How many documents and data sets they come from.
  statement:
  source:
  quote:
  record:
*/
MATCH (agent:Agent)-[x]-(neighbour:Thing)
WHERE ($type IS NULL OR $type IN labels(agent)) AND agent <> neighbour
  AND x.valid_from_min IS NOT NULL  // absent on structural relationships only
  AND x.recorded_at <= $known_on AND $known_on < coalesce(x.retracted_at, '~')
  AND ($valid_on IS NULL OR (x.valid_from_min <= $valid_on AND $valid_on <= x.valid_to_max))
WITH agent, neighbour, x ORDER BY x.id
WITH agent, count(DISTINCT neighbour) AS neighbours, count(x) AS statements,
     count(CASE WHEN x.negated THEN 1 END) AS denied, count(CASE WHEN x.modality <> 'asserted' THEN 1 END) AS hedged,
     count(DISTINCT x.source) AS sources, collect(x)[0] AS x
RETURN neighbours, statements, agent.id AS agent, denied, hedged, sources,
       x.id AS statement, x.source AS source, x.quote AS quote, x.record AS record
