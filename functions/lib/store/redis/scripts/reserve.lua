-- A place for a model set among those of its pipeline.
--
-- KEYS[1]  the index of sets: a sorted set of their names, all of score 0
-- ARGV     the set, the range of names of its pipeline's sets (as ZLEXCOUNT takes it: from, to), how many there may be
-- Returns  1 where the set has a place, by this call or before it; 0 where there is none left

if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 1 end
if redis.call('ZLEXCOUNT', KEYS[1], ARGV[2], ARGV[3]) >= tonumber(ARGV[4]) then return 0 end
redis.call('ZADD', KEYS[1], 0, ARGV[1])
return 1
