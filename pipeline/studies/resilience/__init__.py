"""The report `resilience`: is the oblast steadier in bad years?"""
