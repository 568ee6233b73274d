-- The history of the generation in force.
--
-- KEYS[1]  the set's pointer, as in commit.lua
-- ARGV     how many points at most, from 1
-- Returns  { "<version> <point>", ... } newest first

local generation = redis.call('HGET', KEYS[1], 'generation') or '1'
return redis.call('LRANGE', string.sub(KEYS[1], 1, -4) .. 'history:' .. generation, 0, ARGV[1] - 1)
