/*
title: Neighbours
summary: >-
  What a node is related to and how: one row for each neighbour, relation and direction, with the number of statements,
  of those that are denied or not asserted, and of sources; the quote is that of the first statement by id.
parameters:
  entity: {type: id, description: Only neighbours of this node., example: belavia}
  valid_on:
  known_on:
columns:
  node: id, The node itself.
  neighbour: id, What it is related to.
  relation: word, How.
  outgoing: boolean, Whether the relation runs from the node to the neighbour.
  statements: integer, How many statements say anything about that relation.
  denied: integer, How many of them say that it is not so.
  hedged: integer, How many of them are not asserted but possible or feared or so.
  sources: integer, How many documents and data sets they come from.
  statement:
  source:
  quote:
  record:
*/
MATCH (node:Thing)-[x]-(neighbour:Thing)
WHERE ($entity IS NULL OR node.id = $entity) AND node <> neighbour
  AND x.valid_from_min IS NOT NULL  // absent on structural relationships only
  AND x.recorded_at <= $known_on AND $known_on < coalesce(x.retracted_at, '~')
  AND ($valid_on IS NULL OR (x.valid_from_min <= $valid_on AND $valid_on <= x.valid_to_max))
WITH node, neighbour, x, startNode(x) = node AS outgoing,
     toLower(replace(coalesce(x.was, type(x)), '_', '')) AS kind  // dependson, be it live or retracted
ORDER BY x.id
WITH node, neighbour, kind, outgoing, min(coalesce(x.was, type(x))) AS relation, count(x) AS statements,
     count(CASE WHEN x.negated THEN 1 END) AS denied, count(CASE WHEN x.modality <> 'asserted' THEN 1 END) AS hedged,
     count(DISTINCT x.source) AS sources, collect(x)[0] AS x
RETURN node.id AS node, neighbour.id AS neighbour, relation, outgoing, statements, denied, hedged, sources,
       x.id AS statement, x.source AS source, x.quote AS quote, x.record AS record
