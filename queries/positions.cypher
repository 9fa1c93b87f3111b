/*
title: Positions
summary: >-
  Who supports, opposes, seeks, prioritises or is concerned about what, since when and why, and which sentence says so.
  One row a statement; a stance that is denied is negated. What an agent does or refuses to do is an act and not here.
parameters:
  actor: {type: id, description: Only what this agent stands for., example: european-union}
  stance: {type: word, of: [supports, opposes, seeks, prioritizes, concernedAbout], description: Only this stance., example: supports}
  target: {type: id, description: Only positions on this thing., example: continuing-sanctions-pressure}
  valid_on:
  known_on:
columns:
  actor: id, Who holds the position.
  stance: word, What position it is.
  target: id, What the position is on.
  change: word, Whether the stance starts or ends or grows or so.
  because: id, The reason that the source gives.
  so_that: id, The purpose that the source gives.
  despite: id, What would have led one to expect the contrary.
  modality:
  negated:
  holder:
  valid_from:
  valid_to:
  validity:
  statement:
  source:
  quote:
  record:
*/
MATCH (actor:Agent)-[x:SUPPORTS|OPPOSES|SEEKS|PRIORITIZES|CONCERNED_ABOUT|RETRACTED]->(target:Thing)
WITH actor, x, target, coalesce(x.was, {SUPPORTS: 'supports', OPPOSES: 'opposes', SEEKS: 'seeks',
       PRIORITIZES: 'prioritizes', CONCERNED_ABOUT: 'concernedAbout'}[type(x)]) AS stance
WHERE stance IN ['supports', 'opposes', 'seeks', 'prioritizes', 'concernedAbout']
  AND x.recorded_at <= $known_on AND $known_on < coalesce(x.retracted_at, '~')
  AND ($valid_on IS NULL OR (x.valid_from_min <= $valid_on AND $valid_on <= x.valid_to_max))
  AND ($actor IS NULL OR actor.id = $actor) AND ($stance IS NULL OR stance = $stance)
  AND ($target IS NULL OR target.id = $target)
RETURN actor.id AS actor, stance, target.id AS target, x.change AS change, x.because AS because, x.so_that AS so_that,
       x.despite AS despite, x.modality AS modality, x.negated AS negated, x.asserted_by AS holder,
       x.valid_from AS valid_from, x.valid_to AS valid_to,
       CASE WHEN $valid_on IS NULL THEN null
            WHEN x.valid_from_max <= $valid_on AND $valid_on <= x.valid_to_min THEN 'certain'
            ELSE 'possible' END AS validity,
       x.id AS statement, x.source AS source, x.quote AS quote, x.record AS record
