/*
title: Terms of a deal
summary: >-
  Which act is offered or done in return for which, by whom, how far that got, and which sentence says so. One row a
  statement and giver.
parameters:
  actor: {type: id, description: Only what this agent gives., example: donald-trump}
  valid_on:
  known_on:
columns:
  statement: statement, The statement that the one is in exchange for the other.
  giver: id, Who would do the first act; null if the source does not say.
  gives: id, The act that is offered.
  gets: id, The act that is asked for in return.
  status:
  since:
  modality:
  holder:
  validity:
  source:
  quote:
*/
MATCH (give:Event)-[x:IN_EXCHANGE_FOR|RETRACTED]->(get:Event)
WHERE coalesce(x.was, 'inExchangeFor') = 'inExchangeFor' AND NOT x.negated
  AND x.recorded_at <= $known_on AND $known_on < coalesce(x.retracted_at, '~')
  AND ($valid_on IS NULL OR (x.valid_from_min <= $valid_on AND $valid_on <= x.valid_to_max))
OPTIONAL MATCH (give)-[i:HAS_INITIATOR|RETRACTED]->(giver:Agent)
WHERE coalesce(i.was, 'hasInitiator') = 'hasInitiator' AND NOT i.negated
  AND i.recorded_at <= $known_on AND $known_on < coalesce(i.retracted_at, '~')
  AND i.source = x.source AND i.status = x.status
WITH DISTINCT x, give, get, giver
WHERE $actor IS NULL OR giver.id = $actor
RETURN x.id AS statement, giver.id AS giver, give.id AS gives, get.id AS gets, x.status AS status,
       x.status_since AS since, x.modality AS modality, x.asserted_by AS holder,
       CASE WHEN $valid_on IS NULL THEN null
            WHEN x.valid_from_max <= $valid_on AND $valid_on <= x.valid_to_min THEN 'certain'
            ELSE 'possible' END AS validity,
       x.source AS source, x.quote AS quote
