"""stub"""
def check(world):
    return [str(r) for r in world.waiting()] + [str(v) for v in world.telegram.violations]
